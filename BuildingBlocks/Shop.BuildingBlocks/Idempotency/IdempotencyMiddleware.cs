using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Http;

namespace Shop.BuildingBlocks.Idempotency;

/// <summary>
/// Reads the key of a signed-in user's POST, and refuses a second request with a key that this process is busy with. Other processes are kept out by the
/// key's lock in the database.
/// </summary>
internal sealed class IdempotencyMiddleware(RequestDelegate next, IOptions<JsonOptions> json)
{
    private readonly ConcurrentDictionary<(long Caller, string Key), byte> underWay = new();

    public Task InvokeAsync(HttpContext http, IdempotentRequest request)
    {
        if (!HttpMethods.IsPost(http.Request.Method) || http.User.Identity?.IsAuthenticated != true
            || !http.Request.Headers.TryGetValue(IdempotencyKey.Header, out var header))
            return next(http);
        return IdempotencyKey.TryRead(header, out var key)
            ? OnceAtATimeAsync(http, request, Caller.Of(http.User).UserId, key)
            : new Problem(StatusCodes.Status400BadRequest, "idempotency.invalid_key", "An Idempotency-Key is 1 to 255 visible ASCII characters.").WriteAsync(http);
    }

    private async Task OnceAtATimeAsync(HttpContext http, IdempotentRequest request, long caller, string key)
    {
        if (!underWay.TryAdd((caller, key), 0))
        {
            await Problem.Of(IdempotencyKeys.InProgress()).WriteAsync(http);
            return;
        }

        try
        {
            var body = await ReadAsync(http.Request, http.RequestAborted);
            var address = $"{http.Request.Path}{http.Request.QueryString}";
            request.Begin(http, new IdempotencyKey(caller, key, RequestFingerprint.Of(http.Request.Method, address, body)), json.Value.SerializerOptions);
            await next(http);
        }
        finally
        {
            underWay.TryRemove((caller, key), out _);
        }
    }

    // Small: the server takes 64 KiB at most.
    private static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpRequest request, CancellationToken ct)
    {
        var content = new MemoryStream((int)(request.ContentLength ?? 0));
        await request.Body.CopyToAsync(content, ct);
        content.Position = 0;
        request.Body = content;
        return content.GetBuffer().AsMemory(0, (int)content.Length);
    }
}
