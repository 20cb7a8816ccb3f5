using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Shop.BuildingBlocks.Database;

namespace Shop.Host.Operations;

/// <summary>
/// <c>/health/live</c>: the process answers. <c>/health/ready</c>: it can serve, so the database is reachable and migrated; 503 otherwise.
/// </summary>
internal static class Health
{
    public static void AddHealth(this IServiceCollection services) => services.AddHealthChecks().AddCheck<Readiness>("database");

    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        var onlyRead = new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head]);
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false, ResponseWriter = WriteAsync }).AllowAnonymous().WithMetadata(onlyRead);
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { ResponseWriter = WriteAsync }).AllowAnonymous().WithMetadata(onlyRead);
    }

    private static Task WriteAsync(HttpContext http, HealthReport report) => http.Response.WriteAsJsonAsync(
        new
        {
            status = report.Status.ToString(),
            checks = report.Entries.Select(check => new { name = check.Key, status = check.Value.Status.ToString(), check.Value.Description }),
        },
        http.RequestAborted);

    private sealed class Readiness(Migrator migrator) : IHealthCheck
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(Patience);
            try
            {
                return await migrator.IsUpToDateAsync(limit.Token)
                    ? HealthCheckResult.Healthy()
                    : HealthCheckResult.Unhealthy("Migrations are missing.");
            }
            catch (Exception error) when (!cancellationToken.IsCancellationRequested && (error is OperationCanceledException || Transient.IsUnavailable(error)))
            {
                // Without the exception: a probe comes every few seconds, and its trace says nothing more.
                return HealthCheckResult.Unhealthy($"The database can't be reached ({error.GetType().Name}).");
            }
        }
    }
}
