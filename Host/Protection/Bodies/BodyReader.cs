using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Shop.BuildingBlocks.Http;

namespace Shop.Host.Protection.Bodies;

/// <summary>
/// Reads the body of an API request before anything else is done for it, under a size limit and a deadline. A slow
/// client so holds its connection and no permit; the body stays in the server's buffers (<see cref="BodyBuffer"/>).
/// </summary>
internal sealed class BodyReader(RequestDelegate next, UnfinishedBodies unfinished)
{
    /// <summary>Counted from the headers. 64 KiB in that time are 105 kbit/s.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    /// <summary>
    /// A body a round trip behind its headers is normal, so it counts as unfinished only after this time.
    /// </summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// A rejected body up to this size is drained by the server: its client can send it all and then reads the answer.
    /// </summary>
    private const long DrainLimit = 1024 * 1024;

    private static readonly PathString Api = "/api/v1";

    public Task InvokeAsync(HttpContext http)
    {
        if (http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody != true
            || !http.Request.Path.StartsWithSegments(Api, StringComparison.OrdinalIgnoreCase))
            return next(http);

        var limit = LimitOf(http);
        if (http.Request.ContentLength > limit)
            return RefuseAsync(
                http, StatusCodes.Status413PayloadTooLarge, closes: http.Request.ContentLength > DrainLimit);
        if (!StringValues.IsNullOrEmpty(http.Request.Headers.ContentEncoding))
            return RefuseEncodingAsync(http);
        if (http.GetEndpoint()?.Metadata.GetMetadata<TakesFile>() is not null)
            return next(http);

        // A body that has come with its headers takes no task, no timer and no memory.
        var body = http.Request.BodyReader;
        while (true)
        {
            var reading = body.ReadAsync(CancellationToken.None);
            if (!reading.IsCompletedSuccessfully)
                return FinishAsync(http, new BodyArrival(body, reading.AsTask(), limit));
            if (body.Examine(reading.Result, limit) is var state and not BodyState.Unfinished)
                return ContinueAsync(http, state);
        }
    }

    /// <summary>
    /// The endpoint's own limit (<c>IRequestSizeLimitMetadata</c>, applied by routing), else the server's.
    /// </summary>
    private static long LimitOf(HttpContext http)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is not { MaxRequestBodySize: { } limit } size)
            return long.MaxValue;
        if (!size.IsReadOnly)
            size.MaxRequestBodySize = Math.Max(limit, DrainLimit);
        return limit;
    }

    private async Task FinishAsync(HttpContext http, BodyArrival arrival)
    {
        BodyState state;
        try
        {
            state = await arrival.WaitAsync(Grace);
            if (state == BodyState.Unfinished)
            {
                using var lease = unfinished.TryAcquire(http);
                if (lease is null)
                {
                    await arrival.AbandonAsync();
                    await RefuseAsync(http, StatusCodes.Status429TooManyRequests, closes: true);
                    return;
                }

                state = await arrival.WaitAsync(Deadline);
            }

            if (state == BodyState.Unfinished)
                await arrival.AbandonAsync();
        }
        catch (Exception gone) when (gone is OperationCanceledException || http.RequestAborted.IsCancellationRequested)
        {
            // The client has left before its body was there, so an answer has no reader.
            http.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return;
        }
        catch (IOException malformed) when (malformed is not BadHttpRequestException)
        {
            // The server says so of a chunk size that no integer holds.
            await Problem.Invalid("body", "Can't be read.").WriteAsync(http);
            return;
        }

        await ContinueAsync(http, state);
    }

    private Task ContinueAsync(HttpContext http, BodyState state) => state switch
    {
        BodyState.Whole => next(http),
        BodyState.TooLarge => RefuseAsync(http, StatusCodes.Status413PayloadTooLarge, closes: false),
        _ => RefuseAsync(http, StatusCodes.Status408RequestTimeout, closes: true),
    };

    /// <param name="closes">Whether the connection ends, for what is still to come on it.</param>
    internal static Task RefuseAsync(HttpContext http, int status, bool closes) =>
        RefuseAsync(http, Problem.OfStatus(status), closes);

    internal static Task RefuseAsync(HttpContext http, Problem problem, bool closes)
    {
        // HTTP/2 ends its stream by itself.
        if (closes && HttpProtocol.IsHttp11(http.Request.Protocol))
            http.Response.Headers.Connection = "close";
        return problem.WriteAsync(http);
    }

    // RFC 9110, 12.5.3: a 415 names the content codings that are taken.
    private static Task RefuseEncodingAsync(HttpContext http)
    {
        http.Response.Headers.AcceptEncoding = "identity";
        var error = HttpErrors.UnsupportedMediaType.Of("The request's body must have no Content-Encoding.");
        return new Problem(error).WriteAsync(http);
    }
}

internal static class RequestBodies
{
    public static void AddRequestBodies(this IServiceCollection services) => services.AddSingleton<UnfinishedBodies>();

    /// <summary>
    /// Behind the known proxies, which tell the network; before everything that is limited or takes time.
    /// </summary>
    public static void UseRequestBodies(this WebApplication app) => app.UseMiddleware<BodyReader>();

    /// <summary>
    /// Behind everything that may refuse the caller, before the permits of the overload limiter: a file takes its time.
    /// </summary>
    public static void UseUploads(this WebApplication app) => app.UseMiddleware<UploadReader>();
}
