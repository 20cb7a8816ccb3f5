using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Npgsql;
using Shop.BuildingBlocks.Http;
using Shop.BuildingBlocks.Pipeline;

namespace Shop.Catalog.Products.Search;

/// <summary>
/// Concurrency limiter of a host's searches with a bounded queue, oldest first: searches take a small part of the
/// connection pool, whatever their number.
/// </summary>
internal sealed class SearchLimiter : IDisposable
{
    private const int ConnectionsPerSearch = 16;

    private readonly ConcurrencyLimiter limiter;
    private readonly TimeSpan queueTimeout;

    public SearchLimiter(NpgsqlDataSource source, IOptions<SearchOptions> options)
    {
        queueTimeout = options.Value.QueueTimeout;
        var pool = new NpgsqlConnectionStringBuilder(source.ConnectionString).MaxPoolSize;
        limiter = new ConcurrencyLimiter(new ConcurrencyLimiterOptions
        {
            PermitLimit = options.Value.Concurrency ?? Math.Max(1, pool / ConnectionsPerSearch),
            QueueLimit = options.Value.QueueLength,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        });
    }

    /// <returns>The permit; disposing of it lets the next search run.</returns>
    /// <exception cref="Refused">The queue is full, or no permit came in time: 503 <c>unavailable</c>.</exception>
    public async Task<IDisposable> AcquireAsync(CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(queueTimeout);
        try
        {
            var permit = await limiter.AcquireAsync(1, deadline.Token);
            if (permit.IsAcquired)
                return permit;
            permit.Dispose();
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // The queue timeout, answered below.
        }

        throw new Refused(
            Problem.OfStatus(StatusCodes.Status503ServiceUnavailable).Code,
            "Too many searches are under way. Try again shortly.",
            StatusCodes.Status503ServiceUnavailable)
        {
            RetryAfter = TimeSpan.FromSeconds(1),
        };
    }

    public void Dispose() => limiter.Dispose();
}
