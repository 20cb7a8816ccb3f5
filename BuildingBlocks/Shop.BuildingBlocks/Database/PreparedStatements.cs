using Npgsql;

namespace Shop.BuildingBlocks.Database;

/// <summary>
/// Prepared statements belong to a session, and a pooler in transaction mode gives each transaction another one.
/// </summary>
internal static class PreparedStatements
{
    public const string Advice =
        "A prepared statement is not where the driver left it, as behind a pooler in transaction mode that does not "
        + "keep track of them (pgbouncer before 1.21, or with max_prepared_statements = 0). "
        + "Add Max Auto Prepare=0 to ConnectionStrings:Shop.";

    private const string InvalidName = "26000";
    private const string DuplicateName = "42P05";

    /// <summary>Whether the session does not know what was prepared, or knows the name already.</summary>
    public static bool AreLost(Exception error) =>
        error is PostgresException { SqlState: InvalidName or DuplicateName };

    /// <summary>
    /// Prepares on one connection and executes while another holds the session that the pooler gave out last.
    /// A busy pooler may give out any session: then nothing is learnt here, and the first failure says it in the log.
    /// </summary>
    /// <exception cref="PreparedStatementsLostException">The statement was lost.</exception>
    public static async Task ProbeAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        try
        {
            await using var preparing = await source.OpenConnectionAsync(ct);
            await using var other = await source.OpenConnectionAsync(ct);
            await using var prepared = new NpgsqlCommand("select 1", preparing);
            await prepared.PrepareAsync(ct);
            await using var transaction = await other.BeginTransactionAsync(ct);
            await using var holding = new NpgsqlCommand("select 2", other, transaction);
            await holding.ExecuteNonQueryAsync(ct);
            await prepared.ExecuteNonQueryAsync(ct);
        }
        catch (PostgresException error) when (AreLost(error))
        {
            throw new PreparedStatementsLostException(error);
        }
    }
}

/// <summary>The driver prepares statements behind a pooler that loses them.</summary>
public sealed class PreparedStatementsLostException(Exception inner) : Exception(PreparedStatements.Advice, inner);
