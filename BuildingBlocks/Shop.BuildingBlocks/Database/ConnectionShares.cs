using System.Collections.Concurrent;
using Npgsql;

namespace Shop.BuildingBlocks.Database;

/// <summary>
/// Shares of the pool: half of it for each kind of request, so that a flood of one kind leaves the other half to the
/// rest; a quarter for all side paths together.
/// </summary>
internal sealed class ConnectionShares(NpgsqlDataSource source)
{
    private const string SidePaths = "side paths";

    // As long as the pool itself is waited for.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1.5);

    private readonly ConcurrentDictionary<string, SemaphoreSlim> shares = new();
    private readonly int poolSize = ConnectionPool.SizeOf(source);

    /// <param name="kind">The name of the command or query.</param>
    /// <returns>To be disposed when no connection is needed any more.</returns>
    /// <exception cref="ErrorException">503 <c>unavailable</c>: none became free.</exception>
    public Task<IDisposable> TakeAsync(string kind, CancellationToken ct) => TakeAsync(kind, poolSize / 2, ct);

    /// <inheritdoc cref="TakeAsync(string, CancellationToken)"/>
    public Task<IDisposable> TakeForSidePathAsync() => TakeAsync(SidePaths, poolSize / 4, CancellationToken.None);

    private async Task<IDisposable> TakeAsync(string kind, int size, CancellationToken ct)
    {
        var share = shares.GetOrAdd(kind, static (_, size) => new SemaphoreSlim(Math.Max(1, size)), size);
        if (!await share.WaitAsync(Timeout, ct))
            throw new ErrorException(CommandErrors.Busy());
        return new Lease(share);
    }

    private sealed class Lease(SemaphoreSlim share) : IDisposable
    {
        public void Dispose() => share.Release();
    }
}
