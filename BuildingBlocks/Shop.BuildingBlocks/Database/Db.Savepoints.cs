using System.Data;
using Npgsql;

namespace Shop.BuildingBlocks.Database;

/// <content>One savepoint at a time, which is sent with the first statement behind it.</content>
public sealed partial class Db
{
    // Numbered, so that a rollback can't reach an earlier one by mistake.
    private int savepoint;
    private int sentSavepoint;

    private bool IsSavepointPending => savepoint > sentSavepoint;

    /// <summary>
    /// Sets a savepoint in place of the one before, without a round trip: it goes with the next statement, or never.
    /// </summary>
    /// <param name="rank">The lowest rank of a lock that may be taken behind it.</param>
    public void SetSavepoint(LockOrder rank)
    {
        if (!InTransaction)
            throw new InvalidOperationException("A savepoint is a transaction's; none is open.");
        savepoint = sentSavepoint + 1;
        lastRank = rank;
        heldRows.Clear();
    }

    /// <summary>Undoes what was sent since the savepoint, and drops what is queued. The savepoint stays.</summary>
    public async Task RollbackToSavepointAsync(CancellationToken ct)
    {
        queue.Clear();
        if (IsSavepointPending)
            return;
        await Transaction.RollbackAsync(NameOf(savepoint), ct);
        ForgetPrepared(connection!);
    }

    private static string NameOf(int number) => $"work_{number}";

    // An error of the driver's own about a parameter comes before anything is sent, or breaks the connection.
    private static bool IsUnsent(Exception error, NpgsqlConnection session) =>
        error is not (NpgsqlException or OperationCanceledException or IOException or TimeoutException)
        && session.State == ConnectionState.Open;

    private List<QueuedStatement> TakeSavepoint()
    {
        var statements = new List<QueuedStatement>();
        if (!IsSavepointPending)
            return statements;
        if (sentSavepoint > 0)
            statements.Add(new QueuedStatement($"release savepoint {NameOf(sentSavepoint)}", null, []));
        statements.Add(new QueuedStatement($"savepoint {NameOf(savepoint)}", null, []));
        sentSavepoint = savepoint;
        return statements;
    }

    // Runs in front of a statement that is sent directly. Queued statements stay queued.
    private async Task SendSavepointAsync(CancellationToken ct)
    {
        if (!IsSavepointPending)
            return;
        var later = queue.ToArray();
        queue.Clear();
        await FlushAsync(limit?.DriverSeconds, ct);
        queue.AddRange(later);
    }
}
