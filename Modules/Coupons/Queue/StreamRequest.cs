using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Shop.Coupons.Contracts;

namespace Shop.Coupons.Queue;

/// <summary>
/// A coupon request as server-sent events (WHATWG HTML, section 9.2): <c>status</c> with the present state at once,
/// then with each change; closed after the last one. A reconnect whose <c>Last-Event-ID</c> is that of the last event
/// is 204, which tells browsers to stop.
/// </summary>
internal static class StreamRequestEndpoint
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    private static readonly Error TooMany =
        CommandErrors.Unavailable.Of("Too many streams are open.") with { RetryAfter = RetryAfter };

    private static readonly Error TooManyOfUser =
        HttpErrors.RateLimited.Of("Too many streams of this user are open.") with { RetryAfter = RetryAfter };

    public static void MapStreamRequest(this IEndpointRouteBuilder requests) => requests
        .MapGet("/stream", StreamAsync)
        .WithName("StreamCouponRequest")
        .WithSummary("What becomes of a coupon request, as server-sent events")
        .Fails(CouponErrors.RequestNotFound, HttpErrors.RateLimited)
        .Produces<QueueEntry>(StatusCodes.Status200OK, "text/event-stream")
        .Produces(StatusCodes.Status204NoContent)
        .DisableRequestTimeout();

    private static async Task StreamAsync(
        Guid requestId, Caller caller, IMediator mediator, RequestFeed feed, UserStreams streams, RequestStream stream,
        IHostApplicationLifetime host, HttpContext http)
    {
        // Watched before it is read, so that no change falls in between.
        using var watch = feed.TryWatch(requestId) ?? throw new ErrorException(TooMany);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(
            http.RequestAborted, host.ApplicationStopping);
        try
        {
            var present = await mediator.Send(new GetRequest(requestId, caller), ended.Token);
            if (RequestStream.HasTold(http.Request, present))
            {
                http.Response.StatusCode = StatusCodes.Status204NoContent;
                return;
            }

            if (HttpMethods.IsHead(http.Request.Method))
            {
                RequestStream.WriteHeaders(http.Response);
                return;
            }

            using var open = streams.TryOpen(present.UserId) ?? throw new ErrorException(TooManyOfUser);
            await stream.WriteAsync(http, present, watch, ended.Token);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The client is gone, or the host stops. One that comes while it drains gets an empty stream, and comes
            // again.
            if (!http.Response.HasStarted)
                RequestStream.WriteHeaders(http.Response);
        }
    }
}

internal sealed class RequestStream(IOptions<CouponsOptions> options, IOptions<JsonOptions> json, TimeProvider time)
{
    public async Task WriteAsync(HttpContext http, QueueEntry present, RequestFeed.Watch watch, CancellationToken ct)
    {
        WriteHeaders(http.Response);
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();

        await WriteEventAsync(http.Response, present, ct);
        while (present.Status == RequestStatus.Waiting)
        {
            if (await NextAsync(watch, ct) is not { } next)
                await WriteHeartbeatAsync(http.Response, ct);
            else if (IsNews(present, next))
                await WriteEventAsync(http.Response, present = next, ct);
        }
    }

    public static void WriteHeaders(HttpResponse response)
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
    }

    /// <summary>Whether the client has got the last event of this request.</summary>
    public static bool HasTold(HttpRequest request, QueueEntry present) =>
        present.Status != RequestStatus.Waiting
        && request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } last
        && !last.StartsWith(EnumNames.Of(RequestStatus.Waiting), StringComparison.Ordinal);

    private static string IdOf(QueueEntry request) =>
        request.Position is { } position ? $"{EnumNames.Of(request.Status)}-{position}" : EnumNames.Of(request.Status);

    // A position never goes up, also when it was read before the one already told.
    private static bool IsNews(QueueEntry told, QueueEntry next) =>
        next.Status != RequestStatus.Waiting || next.Position < told.Position;

    /// <returns>The next state, or null after too much silence.</returns>
    private async Task<QueueEntry?> NextAsync(RequestFeed.Watch watch, CancellationToken ct)
    {
        using var silence = new CancellationTokenSource(options.Value.Streams.Heartbeat, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, silence.Token);
        try
        {
            return await watch.News.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task WriteEventAsync(HttpResponse response, QueueEntry request, CancellationToken ct)
    {
        var data = JsonSerializer.Serialize(request, json.Value.SerializerOptions);
        await response.WriteAsync($"id: {IdOf(request)}\nevent: status\ndata: {data}\n\n", ct);
        await response.Body.FlushAsync(ct);
    }

    private static async Task WriteHeartbeatAsync(HttpResponse response, CancellationToken ct)
    {
        await response.WriteAsync(": still here\n\n", ct);
        await response.Body.FlushAsync(ct);
    }
}
