using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Http;
using Shop.BuildingBlocks.Settings;

namespace Shop.Host.Health;

/// <summary>
/// Serves health on <c>Health:Urls</c> with a server of its own, whose connections nobody else uses up. It starts
/// before the main one and ends after it, so while the host stops it says so.
/// </summary>
internal sealed class HealthListener(
    IOptions<HealthOptions> options, ReadinessProbe probe, IHostApplicationLifetime host, IServiceProvider services,
    ILoggerFactory log)
    : IHostedService, IDisposable
{
    // Probes come one by one, from a handful of places.
    private const int Connections = 64;

    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan HeadersTime = TimeSpan.FromSeconds(5);

    private WebApplication? listener;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Value.Addresses() is not { Count: > 0 } addresses)
            return;
        listener = Build();
        foreach (var address in addresses)
            listener.Urls.Add(address);
        try
        {
            await listener.StartAsync(cancellationToken);
        }
        // An address that this machine does not have. One in use is another exception, and names itself.
        catch (SocketException error)
        {
            throw new ConfigurationException([$"Health:Urls: {error.Message}"]);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) =>
        listener?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    public void Dispose() => ((IDisposable?)listener)?.Dispose();

    private WebApplication Build()
    {
        // Empty: it reads no configuration, so it is not told the main server's addresses.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = Connections;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Limits.KeepAliveTimeout = IdleTime;
            kestrel.Limits.RequestHeadersTimeout = HeadersTime;
        });
        builder.Services.AddSingleton(log);
        builder.Services.AddRoutingCore();
        builder.Services.AddHttpConventions();
        builder.Services.AddHealthChecks()
            .AddCheck(Readiness.Name, new Readiness(probe, host))
            .AddCheck(ReplicaHealth.Name, new ReplicaHealth(services));

        var app = builder.Build();
        app.UseHttpConventions();
        app.MapHealth();
        return app;
    }
}
