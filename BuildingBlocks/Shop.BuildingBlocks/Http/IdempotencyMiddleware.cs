using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Idempotency;

namespace Shop.BuildingBlocks.Http;

/// <summary>
/// Reads the idempotency key of a signed-in user's POST. Behind authentication: a key is its caller's.
/// </summary>
internal sealed class IdempotencyMiddleware(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext http)
    {
        var request = http.Request;
        if (HttpMethods.IsPost(request.Method) && http.User.Identity?.IsAuthenticated == true
            && request.Headers.TryGetValue(IdempotencyKey.Header, out var header))
        {
            if (!IdempotencyKey.TryRead(header, out var key))
            {
                await new Problem(IdempotencyErrors.InvalidKey.Of()).WriteAsync(http);
                return;
            }

            var (method, address) = (request.Method, $"{request.Path}{request.QueryString}");
            var fingerprint = http.Features.Get<UploadedFile>() is { } file
                ? RequestFingerprint.Of(method, address, file.Hash)
                : await request.BodyReader.PeekAsync(
                    body => RequestFingerprint.Of(method, address, body), http.RequestAborted);
            var (instance, traceId) = (request.Path.Value, Problem.TraceIdOf(http));
            http.RequestServices.GetRequiredService<IdempotentSender>().UseKey(
                new IdempotencyKey(Caller.Of(http.User).Number, key, fingerprint),
                error => new Problem(error).Details(instance, traceId));
        }

        await next(http);
    }
}
