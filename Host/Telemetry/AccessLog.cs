using System.Diagnostics;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Http;
using Shop.Host.Protection;

namespace Shop.Host.Telemetry;

/// <summary>
/// A line for each request, where <c>Http:AccessLog</c> is on. Without the query, which may hold an e-mail.
/// </summary>
internal static class AccessLog
{
    public const string Category = "Shop.Access";

    /// <summary>Behind known proxies, so that addresses are the clients', and before all else.</summary>
    public static void UseAccessLog(this WebApplication app)
    {
        if (!app.Services.GetRequiredService<IOptions<HttpOptions>>().Value.AccessLog)
            return;
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(Category);
        app.Use(async (http, next) =>
        {
            var started = Stopwatch.GetTimestamp();
            try
            {
                await next(http);
            }
            finally
            {
                var caller = Caller.IfSignedIn(http.User);
                log.LogInformation(
                    "{Method} {Path} {Status} in {Milliseconds:F1} ms, {Address}, {Caller}",
                    http.Request.Method,
                    http.Request.Path.Value,
                    http.Response.StatusCode,
                    Stopwatch.GetElapsedTime(started).TotalMilliseconds,
                    ClientNetwork.AddressOf(http) ?? "unknown",
                    caller?.ToString() ?? "anonymous");
            }
        });
    }
}
