using Microsoft.Extensions.Options;

namespace Shop.Host.Health;

/// <summary>
/// Delays the stop of a host that is not ready any more, so that its proxy notices before the port closes. Requests
/// that come meanwhile are served, and their connections end.
/// </summary>
internal sealed class Drain(IOptions<HealthOptions> options) : IHostedLifecycleService
{
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (options.Value.DrainDelay > TimeSpan.Zero)
            await Task.Delay(options.Value.DrainDelay, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

internal static class DrainServices
{
    public static void AddDrain(this IServiceCollection services)
    {
        services.AddHostedService<Drain>();
        // Requests under way then have as long as without a drain.
        services.AddOptions<HostOptions>().Configure<IOptions<HealthOptions>>(
            (host, health) => host.ShutdownTimeout += health.Value.DrainDelay);
    }

    /// <summary>
    /// Answers of a host that stops end their connection. HTTP/2 has a frame of the server's for that.
    /// </summary>
    public static void UseDrain(this WebApplication app)
    {
        var stopping = app.Lifetime.ApplicationStopping;
        app.Use((http, next) =>
        {
            if (stopping.IsCancellationRequested && HttpProtocol.IsHttp11(http.Request.Protocol))
                http.Response.Headers.Connection = "close";
            return next(http);
        });
    }
}
