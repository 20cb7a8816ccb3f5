using Microsoft.Extensions.Options;
using Npgsql;
using Shop.BuildingBlocks.Concurrency;

namespace Shop.Catalog.Products.Search;

/// <summary>
/// Concurrency limiter of a host's searches with a bounded queue that is fair between callers: searches take a small
/// part of the connection pool, whatever their number, and one caller's take no other's turn.
/// </summary>
internal sealed class SearchLimiter(NpgsqlDataSource source, IOptions<SearchOptions> options)
{
    private const int ConnectionsPerSearch = 16;

    private readonly FairConcurrencyLimiter<CallerKey> limiter = new(
        options.Value.Concurrency ?? Math.Max(1, ConnectionPool.SizeOf(source) / ConnectionsPerSearch),
        options.Value.QueueLength);

    /// <returns>The permit; disposing of it lets the next search run.</returns>
    /// <exception cref="ErrorException">
    /// The queue is full, or no permit came in time: 503 <c>unavailable</c>.
    /// </exception>
    public async Task<IDisposable> AcquireAsync(CallerKey caller, CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(options.Value.QueueTimeout);
        try
        {
            var (_, permit) = await limiter.AcquireAsync(caller, deadline.Token);
            if (permit is not null)
                return permit;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // The queue timeout, answered below.
        }

        throw new ErrorException(CommandErrors.Unavailable.Of("Too many searches are under way. Try again shortly."));
    }
}
