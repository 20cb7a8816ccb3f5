using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Http;

namespace Shop.BuildingBlocks.Idempotency;

/// <summary>
/// Reads the key of a signed-in user's POST, and keeps a second request with a key that this process is busy with out
/// of the first one's transaction. Other processes are kept out by the key's lock in the database.
/// </summary>
internal sealed class IdempotencyMiddleware(RequestDelegate next, IOptions<JsonOptions> json)
{
    private readonly ConcurrentDictionary<(long Caller, string Key), IdempotentRequest> underWay = new();

    public Task InvokeAsync(HttpContext http, IdempotentRequest request)
    {
        if (!HttpMethods.IsPost(http.Request.Method) || http.User.Identity?.IsAuthenticated != true
            || !http.Request.Headers.TryGetValue(IdempotencyKey.Header, out var header))
            return next(http);
        return IdempotencyKey.TryRead(header, out var key)
            ? HandleAsync(http, request, Caller.Of(http.User).UserId, key)
            : new Problem(StatusCodes.Status400BadRequest, "idempotency.invalid_key", "An Idempotency-Key is 1 to 255 visible ASCII characters.").WriteAsync(http);
    }

    private async Task HandleAsync(HttpContext http, IdempotentRequest request, long caller, string text)
    {
        var (method, address) = (http.Request.Method, $"{http.Request.Path}{http.Request.QueryString}");
        var fingerprint = await http.Request.BodyReader.PeekAsync(
            body => RequestFingerprint.Of(method, address, body), http.RequestAborted);
        var key = new IdempotencyKey(caller, text, fingerprint);
        request.Begin(http, key, json.Value.SerializerOptions);
        if (!underWay.TryAdd((caller, text), request))
        {
            await AnswerRepeatAsync(http, key);
            return;
        }

        // Before the first byte of the answer: a repeat that comes upon it is not told that the first is still under
        // way.
        http.Response.OnStarting(() =>
        {
            End(request);
            return Task.CompletedTask;
        });
        try
        {
            await next(http);
        }
        finally
        {
            End(request);
        }
    }

    // A command that a batch has taken may outlive its request: the key is free when both have ended.
    private void End(IdempotentRequest request)
    {
        if (request.Ended.IsCompleted)
            underWay.TryRemove(KeyValuePair.Create((request.Key!.Caller, request.Key.Key), request));
        else
            _ = request.Ended.ContinueWith(_ => End(request), TaskScheduler.Default);
    }

    // The first may have been answered just now.
    private static async Task AnswerRepeatAsync(HttpContext http, IdempotencyKey key)
    {
        var keys = http.RequestServices.GetRequiredService<IdempotencyKeys>();
        if (await keys.FindAsync(key, http.RequestAborted) is { } response)
            await (response with { IsReplay = true }).ExecuteAsync(http);
        else
            await Problem.Of(IdempotencyKeys.InProgress()).WriteAsync(http);
    }
}
