using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Database.Replicas;

namespace Shop.Host.Health;

/// <summary>
/// <c>/health/live</c>: the process answers. <c>/health/ready</c>: it can serve, so the database is reachable, migrated
/// and writable, and the host is not stopping; 503 otherwise.
/// </summary>
internal static class HealthEndpoints
{
    public static void AddHealth(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddHealthChecks().AddCheck<Readiness>(Readiness.Name).AddCheck<ReplicaHealth>(ReplicaHealth.Name);
        services.AddValidatedOptions<HealthOptions, HealthOptionsValidator>(configuration, "Health");
        services.AddHostedService<HealthListener>();
        services.AddDrain();
    }

    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        var onlyRead = new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head]);
        var (live, ready) = (new HealthCheckOptions { Predicate = _ => false }, new HealthCheckOptions());
        live.ResponseWriter = ready.ResponseWriter = WriteAsync;
        app.MapHealthChecks("/health/live", live).AllowAnonymous().WithMetadata(onlyRead);
        app.MapHealthChecks("/health/ready", ready).AllowAnonymous().WithMetadata(onlyRead);
    }

    private static Task WriteAsync(HttpContext http, HealthReport report) => http.Response.WriteAsJsonAsync(
        new
        {
            status = report.Status.ToString(),
            checks = report.Entries.Select(check =>
                new { name = check.Key, status = check.Value.Status.ToString(), check.Value.Description }),
        },
        http.RequestAborted);
}

internal sealed class Readiness(ReadinessProbe probe, IHostApplicationLifetime host) : IHealthCheck
{
    public const string Name = "database";

    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        // Health's own listener is there before the main one, and after it.
        if (!host.ApplicationStarted.IsCancellationRequested)
            return HealthCheckResult.Unhealthy("The host is starting.");
        if (host.ApplicationStopping.IsCancellationRequested)
            return HealthCheckResult.Unhealthy("The host is stopping.");
        // Without the exception: a probe comes every few seconds, and its trace says nothing more.
        var fault = await probe.FindFaultAsync(cancellationToken);
        return fault is null ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(fault);
    }
}

/// <summary>A host without its replica is ready: the primary answers in its place.</summary>
internal sealed class ReplicaHealth(IServiceProvider services) : IHealthCheck
{
    public const string Name = "replica";

    private readonly Replica? replica = services.GetService<Replica>();

    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(replica switch
        {
            null => HealthCheckResult.Healthy("None is configured."),
            { IsServing: true } => HealthCheckResult.Healthy(),
            _ => HealthCheckResult.Degraded("It does not answer, or is too far behind: the primary answers."),
        });
}
