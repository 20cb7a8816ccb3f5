using System.Diagnostics;
using Npgsql;

namespace Shop.Host.Audit;

/// <summary>
/// The deadline of an audit, which PostgreSQL and this process both watch; the first to see it ends the audit.
/// </summary>
internal sealed class Deadline : IDisposable
{
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(1);

    private readonly TimeSpan limit;
    private readonly CancellationToken caller;
    private readonly CancellationTokenSource source;
    private readonly long started = Stopwatch.GetTimestamp();

    public Deadline(TimeSpan limit, CancellationToken caller)
    {
        this.limit = limit;
        this.caller = caller;
        source = CancellationTokenSource.CreateLinkedTokenSource(caller);
        source.CancelAfter(limit);
    }

    public CancellationToken Token => source.Token;

    /// <summary>Never nothing: to PostgreSQL 0 means no limit.</summary>
    public TimeSpan Remaining => limit - Stopwatch.GetElapsedTime(started) is var left && left > Least ? left : Least;

    /// <summary>Whether the error is the end of the time, rather than the caller's going away or a fault.</summary>
    public bool Ended(Exception error) => !caller.IsCancellationRequested
        && error is OperationCanceledException or PostgresException { SqlState: PostgresErrorCodes.QueryCanceled };

    public void Dispose() => source.Dispose();
}
