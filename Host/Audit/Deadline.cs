using System.Diagnostics;
using Npgsql;

namespace Shop.Host.Audit;

/// <summary>
/// The end of an audit's time, which PostgreSQL and this process both watch: whichever sees it first ends what runs.
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
