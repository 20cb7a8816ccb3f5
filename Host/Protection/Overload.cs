using FluentValidation;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.Options;
using Npgsql;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Concurrency;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Http;

namespace Shop.Host.Protection;

/// <summary>The section <c>Overload</c>.</summary>
internal sealed class OverloadOptions
{
    /// <summary>API requests worked on at once (permits); null: four for each connection of the pool.</summary>
    public int? MaximumConcurrency { get; set; }

    /// <summary>Requests of each kind that wait for a permit. Beyond them the caller with most is refused.</summary>
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
/// Concurrency limit of the API in front of the connection pool. A permit is held while the shop works on a request:
/// from after its body has been read and its caller is known until its answer begins to be written.
/// </summary>
internal sealed class Overload
{
    // More than connections: a request also reads, decides and renders its answer; batched commands share one.
    private const int RequestsPerConnection = 4;

    // A customer's writes wait for each other behind the customer's lock, each with a connection.
    private const int PartOfPermitsOfCustomer = 8;
    private const int PartOfPoolOfCustomer = 4;

    private readonly FairConcurrencyLimiter<CallerKey> limiter;
    private volatile bool failing;

    public Overload(NpgsqlDataSource source, IOptions<OverloadOptions> options)
    {
        var connections = ConnectionPool.SizeOf(source);
        var permits = options.Value.MaximumConcurrency ?? RequestsPerConnection * connections;
        var ofCustomer = Math.Min(permits / PartOfPermitsOfCustomer, connections / PartOfPoolOfCustomer);
        limiter = new FairConcurrencyLimiter<CallerKey>(
            permits,
            options.Value.QueueLength,
            RequestKinds.Count,
            new FlowLimit<CallerKey>(Math.Max(1, ofCustomer), static caller => caller.IsCustomer));
    }

    public Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        var kind = (int)RequestKinds.Of(http);
        var caller = CallerKey.Of(http);
        return limiter.TryAcquire(caller, kind)
            ? ServeAsync(http, next, caller, kind)
            : WaitAsync(http, next, caller, kind);
    }

    private async Task WaitAsync(HttpContext http, RequestDelegate next, CallerKey caller, int kind)
    {
        var result = await limiter.WaitAsync(caller, kind, http.RequestAborted);
        var granted = result == WaitResult.Granted;
        if (granted && !failing)
        {
            await ServeAsync(http, next, caller, kind);
            return;
        }

        // Where the requests before it fail, a waiter would wait again where they did. A request that comes without
        // waiting finds out whether that is over.
        if (granted)
            limiter.Release(caller, kind);
        await Problem.OfStatus(StatusCodes.Status503ServiceUnavailable).WriteAsync(http);
    }

    private async Task ServeAsync(HttpContext http, RequestDelegate next, CallerKey caller, int kind)
    {
        var permit = new Permit(this, caller, kind, http.Response);
        try
        {
            // The whole answer is in memory by then, so a client that reads slowly holds no permit.
            http.Response.OnStarting(Permit.OnStarting, permit);
            await next(http);
        }
        catch (Exception error) when (SaysThatTheDatabaseFails(error))
        {
            failing = true;
            throw;
        }
        finally
        {
            permit.Return();
        }
    }

    // A deadline that passed, a client that left, or a statement that met a lock or its timeout says nothing about the
    // database: other requests may succeed.
    private static bool SaysThatTheDatabaseFails(Exception error) =>
        Transient.IsOutage(error) && error is not CommitUnknownException { Doubt: CommitDoubt.CallerLeft };

    /// <summary>Returned once: with the start of the answer, or with the end of a request that failed.</summary>
    private sealed class Permit(Overload overload, CallerKey caller, int kind, HttpResponse response)
    {
        public static readonly Func<object, Task> OnStarting = static permit =>
        {
            ((Permit)permit).Succeed();
            return Task.CompletedTask;
        };

        private bool isReturned;

        public void Return()
        {
            if (isReturned)
                return;
            isReturned = true;
            overload.limiter.Release(caller, kind);
        }

        private void Succeed()
        {
            // A client's error says nothing about the database.
            if (!isReturned && response.StatusCode < StatusCodes.Status400BadRequest)
                overload.failing = false;
            Return();
        }
    }
}

internal static class OverloadProtection
{
    private static readonly PathString Api = "/api/v1";

    public static void AddOverloadProtection(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<OverloadOptions, OverloadOptionsValidator>(configuration, "Overload");
        services.AddSingleton<Overload>();
        services.AddRequestTimeouts();
        services.AddOptions<RequestTimeoutOptions>().Configure<IOptions<OverloadOptions>>((timeouts, options) =>
            timeouts.DefaultPolicy = new RequestTimeoutPolicy
            {
                Timeout = options.Value.RequestTimeout,
                TimeoutStatusCode = StatusCodes.Status503ServiceUnavailable,
            });
    }

    /// <summary>
    /// Behind authentication, for the limiter is fair between callers, and behind the rate limits, so that what they
    /// reject takes no room in the queue.
    /// </summary>
    public static void UseOverloadProtection(this WebApplication app) =>
        app.UseWhen(IsLimited, api => api.Use(app.Services.GetRequiredService<Overload>().InvokeAsync));

    // Long requests (streams, the audit, password hashes) have limits of their own and must hold no permit all that
    // time. A path without an endpoint is no work.
    private static bool IsLimited(HttpContext http) =>
        http.Request.Path.StartsWithSegments(Api, StringComparison.OrdinalIgnoreCase)
        && http.GetEndpoint()?.Metadata is { } metadata
        && metadata.GetMetadata<DisableRequestTimeoutAttribute>() is null
        && metadata.GetMetadata<HasOwnLimit>()?.Covers(http.Request) is not true;
}
