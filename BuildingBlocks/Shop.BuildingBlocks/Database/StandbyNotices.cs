using Npgsql;

namespace Shop.BuildingBlocks.Database;

/// <summary>
/// Hears whether PostgreSQL gives up its wait for the synchronous standby: a COMMIT whose wait was cancelled is
/// answered as a success, and a warning before it tells that a failover would lose the transaction.
/// </summary>
internal sealed class StandbyNotices
{
    // The place in PostgreSQL's code, because the text is translated and its SQLSTATE, 01000, is that of every warning.
    private const string Routine = "SyncRepWaitForLSN";

    private volatile bool givenUp;

    public StandbyNotices(NpgsqlConnection connection) =>
        connection.Notice += (_, heard) => givenUp |= heard.Notice.Routine == Routine;

    public bool GivenUp => givenUp;
}
