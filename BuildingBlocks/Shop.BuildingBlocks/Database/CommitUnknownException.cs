namespace Shop.BuildingBlocks.Database;

/// <summary>Why the outcome of a transaction is not known.</summary>
public enum CommitDoubt
{
    /// <summary>The connection was lost between the COMMIT and its answer.</summary>
    ConnectionLost,

    /// <summary>The answer did not come within <see cref="DatabaseOptions.CommitTimeout"/>.</summary>
    TimedOut,

    /// <summary>The caller's deadline passed, or the caller left, while the transaction went on.</summary>
    CallerLeft,

    /// <summary>
    /// PostgreSQL committed, but without the synchronous standby: a failover would lose the transaction.
    /// </summary>
    NotReplicated,
}

/// <summary>The transaction may have happened or may still happen. It is never run again by the shop.</summary>
public sealed class CommitUnknownException(CommitDoubt doubt, Exception? inner = null)
    : Exception(Describe(doubt), inner)
{
    public CommitDoubt Doubt { get; } = doubt;

    private static string Describe(CommitDoubt doubt) => doubt switch
    {
        CommitDoubt.ConnectionLost => "The connection was lost while committing: the outcome is not known.",
        CommitDoubt.TimedOut => "The COMMIT was not answered in time: the outcome is not known.",
        CommitDoubt.CallerLeft => "The caller left while the transaction went on: the outcome is not known.",
        CommitDoubt.NotReplicated => "Committed without the synchronous standby: the outcome is not known.",
        _ => throw new ArgumentOutOfRangeException(nameof(doubt), doubt, "Not a doubt."),
    };
}
