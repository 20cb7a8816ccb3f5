using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Idempotency;
using Shop.Messages;

namespace Shop.BuildingBlocks.Http;

/// <summary>The idempotency key of the request that a scope serves, where it came with one.</summary>
internal sealed class RequestKey
{
    public KeyedRequest? Keyed { get; set; }
}

/// <summary>
/// Reads the key of a signed-in user's POST, and keeps a second request with a key that this process is busy with out
/// of the first one's transaction. Other processes are kept out by the key's lock in the database.
/// </summary>
internal sealed class IdempotencyMiddleware(RequestDelegate next, IOptions<JsonOptions> json)
{
    private readonly ConcurrentDictionary<(long Caller, string Key), KeyedRequest> underWay = new();

    public Task InvokeAsync(HttpContext http, RequestKey request)
    {
        if (!HttpMethods.IsPost(http.Request.Method) || http.User.Identity?.IsAuthenticated != true
            || !http.Request.Headers.TryGetValue(IdempotencyKey.Header, out var header))
            return next(http);
        if (IdempotencyKey.TryRead(header, out var key))
            return HandleAsync(http, request, Caller.Of(http.User).Number, key);
        return new Problem(IdempotencyErrors.InvalidKey.Of()).WriteAsync(http);
    }

    private async Task HandleAsync(HttpContext http, RequestKey request, long caller, string text)
    {
        var (method, address) = (http.Request.Method, $"{http.Request.Path}{http.Request.QueryString}");
        var fingerprint = await http.Request.BodyReader.PeekAsync(
            body => RequestFingerprint.Of(method, address, body), http.RequestAborted);
        var (instance, traceId) = (http.Request.Path.Value, Problem.TraceIdOf(http));
        var keyed = new KeyedRequest(new IdempotencyKey(caller, text, fingerprint), Render);
        request.Keyed = keyed;
        if (!underWay.TryAdd((caller, text), keyed))
        {
            await AnswerRepeatAsync(http, keyed.Key);
            return;
        }

        // Before the first byte of the response: a repeat that comes upon it is not told that the first is still under
        // way.
        http.Response.OnStarting(() =>
        {
            End(keyed);
            return Task.CompletedTask;
        });
        try
        {
            await next(http);
        }
        finally
        {
            End(keyed);
        }

        StoredResponse Render(Error error) => new(
            error.Status,
            Location: null,
            JsonSerializer.SerializeToUtf8Bytes(new Problem(error).Details(instance, traceId), json.Value.SerializerOptions));
    }

    // A command that a batch has taken may outlive its request: the key is free when both have ended.
    private void End(KeyedRequest keyed)
    {
        if (keyed.Ended.IsCompleted)
            underWay.TryRemove(KeyValuePair.Create((keyed.Key.Caller, keyed.Key.Key), keyed));
        else
            _ = keyed.Ended.ContinueWith(_ => End(keyed), TaskScheduler.Default);
    }

    // The first may have been answered just now.
    private static async Task AnswerRepeatAsync(HttpContext http, IdempotencyKey key)
    {
        var store = http.RequestServices.GetRequiredService<IdempotencyStore>();
        if (await store.FindAsync(key, http.RequestAborted) is { } response)
            await new StoredResult(response, isReplay: true).ExecuteAsync(http);
        else
            await new Problem(IdempotencyErrors.InProgress.Of()).WriteAsync(http);
    }
}

public static class IdempotencyServices
{
    internal static IServiceCollection AddIdempotentRequests(this IServiceCollection services)
    {
        services.AddScoped<RequestKey>();
        services.AddScoped<IdempotencyStore>();
        return services.AddScoped(scope => new IdempotentSender(
            scope,
            scope.GetRequiredService<RequestKey>(),
            scope.GetRequiredService<IdempotencyStore>(),
            scope.GetRequiredService<IOptions<JsonOptions>>()));
    }

    /// <summary>Behind authentication and authorization: a key is its caller's.</summary>
    public static IApplicationBuilder UseIdempotencyKeys(this IApplicationBuilder app) =>
        app.UseMiddleware<IdempotencyMiddleware>();
}
