using Npgsql;

namespace Shop.BuildingBlocks.Database;

/// <summary>The wait for the answer to a COMMIT that has been sent.</summary>
internal static class SentCommit
{
    /// <param name="sent">Ends with PostgreSQL's answer.</param>
    /// <param name="ct">Ends the wait, as the timeout does. An answer that is there by then counts.</param>
    /// <exception cref="PostgresException">PostgreSQL refused: nothing was committed.</exception>
    /// <exception cref="CommitUnknownException">
    /// The transaction may have happened. While the doubt is <see cref="CommitDoubt.TimedOut"/> or
    /// <see cref="CommitDoubt.CallerLeft"/> the session may still be working.
    /// </exception>
    public static async Task WaitAsync(Task sent, TimeSpan timeout, CancellationToken ct)
    {
        await sent.WaitAsync(timeout, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!sent.IsCompleted)
        {
            var left = ct.IsCancellationRequested;
            throw new CommitUnknownException(left ? CommitDoubt.CallerLeft : CommitDoubt.TimedOut);
        }

        try
        {
            await sent.ConfigureAwait(false);
        }
        catch (PostgresException refused) when (Transient.IsRejection(refused))
        {
            throw;
        }
        catch (Exception lost) when (lost is NpgsqlException or IOException or TimeoutException)
        {
            throw new CommitUnknownException(CommitDoubt.ConnectionLost, lost);
        }
    }
}
