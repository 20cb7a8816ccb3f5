using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Database.Replicas;

namespace Shop.BuildingBlocks.Http;

/// <summary>The header of the log position behind a command, which a read brings back to see its effect.</summary>
public static class LogPositionHeader
{
    public const string Name = "Shop-Position";

    /// <summary>8 and 16 digits, and a dot.</summary>
    public const int MaximumLength = 25;
}

/// <summary>
/// Reads the log position of a request and writes that of an answer. A browser session keeps its last one in a cookie.
/// </summary>
internal sealed class LogPositionMiddleware(RequestDelegate next)
{
    private const string Cookie = "shop-position";

    // Longer than a replica that answers may be behind: after that, every read sees the command.
    private static readonly TimeSpan CookieAge = TimeSpan.FromHours(1);

    public Task InvokeAsync(HttpContext http)
    {
        var positions = http.RequestServices.GetRequiredService<ScopePositions>();
        if (HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method))
        {
            if (!TryRead(http.Request, out var wanted))
                return Problem.Invalid(LogPositionHeader.Name, "Must be the value of an earlier answer.")
                    .WriteAsync(http);
            positions.Wanted = wanted;
        }
        else
        {
            http.Response.OnStarting(() =>
            {
                if (positions.Reached is { } reached)
                    Write(http, reached);
                return Task.CompletedTask;
            });
        }

        return next(http);
    }

    // The header is the caller's own word; a cookie that is none of ours is as if it were not there.
    private static bool TryRead(HttpRequest request, out LogPosition? wanted)
    {
        wanted = CookieOf(request);
        if (!request.Headers.TryGetValue(LogPositionHeader.Name, out var header))
            return true;
        if (header.Count != 1 || !LogPosition.TryParse(header[0], out var brought))
            return false;
        wanted = wanted is { } kept ? LogPosition.Max(kept, brought) : brought;
        return true;
    }

    private static void Write(HttpContext http, LogPosition reached)
    {
        http.Response.Headers[LogPositionHeader.Name] = reached.ToString();
        if (!http.Request.Cookies.ContainsKey(BrowserCookies.NameFor(http.Request, BrowserCookies.Refresh)))
            return;
        // Answers may come out of order. A database that was restored begins anew, on another timeline.
        var last = CookieOf(http.Request) is { } kept && kept.Timeline == reached.Timeline
            ? LogPosition.Max(kept, reached)
            : reached;
        var options = BrowserCookies.OptionsFor(http.Request);
        options.MaxAge = CookieAge;
        http.Response.Cookies.Append(BrowserCookies.NameFor(http.Request, Cookie), last.ToString(), options);
    }

    private static LogPosition? CookieOf(HttpRequest request) =>
        LogPosition.TryParse(request.Cookies[BrowserCookies.NameFor(request, Cookie)], out var kept) ? kept : null;
}

public static class LogPositions
{
    /// <summary>Behind authorization, whose own reads bring no position. Nothing without a replica.</summary>
    public static void UseLogPositions(this WebApplication app)
    {
        if (app.Services.GetService<Replica>() is not null)
            app.UseMiddleware<LogPositionMiddleware>();
    }
}
