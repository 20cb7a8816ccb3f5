using Npgsql;
using Shop.Messages;

namespace Shop.BuildingBlocks.Commands;

/// <summary>A part of the pool's connections, and a bounded wait for one of them.</summary>
internal abstract class ConnectionPart(NpgsqlDataSource source, int divisor) : IDisposable
{
    // As long as the pool itself is waited for.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1.5);

    private readonly SemaphoreSlim free = new(
        Math.Max(1, new NpgsqlConnectionStringBuilder(source.ConnectionString).MaxPoolSize / divisor));

    /// <returns>To be disposed when no connection is needed any more.</returns>
    /// <exception cref="ErrorException">503 <c>unavailable</c>: none became free.</exception>
    public async ValueTask<IDisposable> TakeAsync(CancellationToken ct)
    {
        if (!free.Wait(0, ct) && !await free.WaitAsync(Timeout, ct))
            throw new ErrorException(CommandErrors.Unavailable.Of("The shop is busy. Try again shortly."));
        return new Taken(free);
    }

    public void Dispose() => free.Dispose();

    private sealed class Taken(SemaphoreSlim free) : IDisposable
    {
        public void Dispose() => free.Release();
    }
}

/// <summary>A query whose handler has a limiter of its own, with fewer places than half of the pool.</summary>
public interface ILimitedQuery<out TResult> : IQuery<TResult>;

/// <summary>
/// Half of the pool for each kind of request, so that a flood of one kind leaves the other half to the rest.
/// </summary>
internal sealed class ConnectionShare<TRequest>(NpgsqlDataSource source) : ConnectionPart(source, divisor: 2);
