using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;

namespace Shop.BuildingBlocks.Http;

/// <summary>A request's deadline ends its work, and never the writing of an answer that is complete.</summary>
public static class RequestDeadlines
{
    /// <summary>The framework's request timeouts, with the policies that are configured for them.</summary>
    public static IApplicationBuilder UseRequestDeadlines(this IApplicationBuilder app)
    {
        app.Use((http, next) =>
        {
            http.Features.Set<IHttpRequestLifetimeFeature>(
                new Lifetime(http.Features.GetRequiredFeature<IHttpRequestLifetimeFeature>()));
            return next(http);
        });
        return app.UseRequestTimeouts();
    }

    /// <summary>When the answer starts: a deadline that passes from now on must not cut it short.</summary>
    internal static void Lift(HttpContext http) => http.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();

    // Work holds the deadline's token from its start. The answer is written with the token that is read at its end:
    // after the deadline that is the client's own, or the framework would send the part that it had buffered, with
    // status 200.
    private sealed class Lifetime(IHttpRequestLifetimeFeature connection) : IHttpRequestLifetimeFeature
    {
        private readonly CancellationToken client = connection.RequestAborted;
        private CancellationToken current = connection.RequestAborted;

        public CancellationToken RequestAborted
        {
            get => current.IsCancellationRequested ? client : current;
            set => current = value;
        }

        public void Abort() => connection.Abort();
    }
}
