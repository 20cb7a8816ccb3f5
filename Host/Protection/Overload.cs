using System.Threading.RateLimiting;
using FluentValidation;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.Options;
using Npgsql;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Http;

namespace Shop.Host.Protection;

/// <summary>The section <c>Overload</c>.</summary>
internal sealed class OverloadOptions
{
    /// <summary>API requests under way at once; null: four for each connection of the pool.</summary>
    public int? MaximumConcurrency { get; set; }

    /// <summary>Requests that wait for one of those to end. Whoever comes after them is sent away.</summary>
    public int QueueLength { get; set; } = 2_048;

    /// <summary>How long a request may take, its waiting included.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);
}

internal sealed class OverloadOptionsValidator : AbstractValidator<OverloadOptions>
{
    public OverloadOptionsValidator()
    {
        RuleFor(options => options.MaximumConcurrency).InclusiveBetween(1, 100_000);
        RuleFor(options => options.QueueLength).InclusiveBetween(0, 100_000);
        RuleFor(options => options.RequestTimeout).InclusiveBetween(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
    }
}

/// <summary>
/// Keeps a crowd in front of the connection pool: so many requests work, so many more wait in the order of their coming, the rest are told at once to
/// come again. Without it they would all stand at the pool, whose patience is short because it is also what finds out that the database is gone.
/// </summary>
internal sealed class Overload : IDisposable
{
    // More than connections: a request also reads, decides and writes its answer, and hot commands share a connection.
    private const int RequestsPerConnection = 4;

    private readonly ConcurrencyLimiter limiter;
    private volatile bool failing;

    public Overload(NpgsqlDataSource source, IOptions<OverloadOptions> options)
    {
        limiter = new ConcurrencyLimiter(new ConcurrencyLimiterOptions
        {
            PermitLimit = options.Value.MaximumConcurrency ?? RequestsPerConnection * new NpgsqlConnectionStringBuilder(source.ConnectionString).MaxPoolSize,
            QueueLimit = options.Value.QueueLength,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        });
    }

    public async Task AdmitAsync(HttpContext http, RequestDelegate next)
    {
        var turn = limiter.AcquireAsync(1, http.RequestAborted);
        var waited = !turn.IsCompleted;
        using var place = await turn;
        if (!place.IsAcquired || (waited && failing))
        {
            // Where the ones before fail, it would only wait again where they did. Who comes without having waited is let in and finds out whether it is over.
            await Problem.OfStatus(StatusCodes.Status503ServiceUnavailable).WriteAsync(http);
            return;
        }

        await ServeAsync(http, next);
    }

    private async Task ServeAsync(HttpContext http, RequestDelegate next)
    {
        try
        {
            await next(http);
            // What the client did wrong says nothing about the database.
            if (http.Response.StatusCode < StatusCodes.Status400BadRequest)
                failing = false;
        }
        catch (Exception error) when (Transient.IsUnavailable(error) && !http.RequestAborted.IsCancellationRequested)
        {
            // A deadline that passed, or a client that left, says nothing about the database.
            failing = true;
            throw;
        }
    }

    public void Dispose() => limiter.Dispose();
}

internal static class OverloadProtection
{
    private static readonly PathString Api = "/api/v1";

    public static void AddOverloadProtection(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<OverloadOptions, OverloadOptionsValidator>(configuration, "Overload");
        services.AddSingleton<Overload>();
        services.AddRequestTimeouts();
        services.AddOptions<RequestTimeoutOptions>().Configure<IOptions<OverloadOptions>>((timeouts, options) => timeouts.DefaultPolicy = new RequestTimeoutPolicy
        {
            Timeout = options.Value.RequestTimeout,
            TimeoutStatusCode = StatusCodes.Status503ServiceUnavailable,
        });
    }

    /// <summary>
    /// Inside the exception handler, which would take the end of a request's time for its client's going away, and inside the status pages, which make
    /// a problem of it.
    /// </summary>
    public static void UseOverloadProtection(this WebApplication app)
    {
        app.UseRequestTimeouts();
        app.UseWhen(Counts, api => api.Use(app.Services.GetRequiredService<Overload>().AdmitAsync));
    }

    // What may take long has a limit of its own (streams, the audit) and must not hold a place all that time. Health must answer in any crowd.
    private static bool Counts(HttpContext http) =>
        http.Request.Path.StartsWithSegments(Api, StringComparison.OrdinalIgnoreCase)
        && http.GetEndpoint()?.Metadata is var metadata
        && metadata?.GetMetadata<DisableRequestTimeoutAttribute>() is null
        && metadata?.GetMetadata<HasOwnLimit>()?.Covers(http.Request) is not true;
}
