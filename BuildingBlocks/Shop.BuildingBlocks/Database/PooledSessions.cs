using Dapper;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Shop.BuildingBlocks.Database;

/// <summary>
/// Behind a pooler in transaction mode a session belongs to no host, and the startup parameter <c>options</c> was never
/// heard. The settings are then the role's in this database: PostgreSQL gives them to each session that is opened from
/// now on, and the sessions that the pooler holds already get them here. Runs at the start, under the migrator's lock.
/// </summary>
public sealed class PooledSessions(NpgsqlDataSource source, ILogger<PooledSessions> log)
{
    private readonly object settings = Parameters(SessionSettings.Of(source.ConnectionString));

    private const string IsDirect = $"select coalesce(current_setting('{SessionSettings.Marker}', true), '') = 'on'";

    // set_config brings a value into the form in which PostgreSQL shows it, and is undone with its transaction.
    private const string Differing = """
        select name from (
            select name, current_setting(name) as held, set_config(name, value, true) as wanted
            from unnest(@names, @values) as setting (name, value)) compared
        where held <> wanted
        """;

    // A role may always set its own defaults. ALTER ROLE takes no parameters.
    private const string StoreStatements = """
        select format('alter role %I in database %I set %I = %L', session_user, current_database(), name, value)
        from unnest(@names, @values) as setting (name, value)
        where not exists (
            select from pg_db_role_setting stored
            where stored.setrole = (select oid from pg_roles where rolname = session_user)
                and stored.setdatabase = (select oid from pg_database where datname = current_database())
                and format('%s=%s', name, value) = any(stored.setconfig))
        """;

    // The shop's other sessions at rest, those of hosts without a pooler among them.
    private const string Idle = """
        select count(*)::int as sessions, clock_timestamp() as since from pg_stat_activity
        where datname = current_database() and usename = session_user and state = 'idle' and pid <> pg_backend_pid()
        """;

    private const string IsNew = "select backend_start > @since from pg_stat_activity where pid = pg_backend_pid()";

    // On purpose not for the transaction alone: the next transaction on this session finds what it would have brought.
    private const string Mend = """
        select set_config(name, value, false) from unnest(@names, @values) as setting (name, value)
        """;

    private static readonly TimeSpan MendingLimit = TimeSpan.FromSeconds(2);

    /// <summary>Makes the settings hold on the pooler's sessions; does nothing where there is no pooler.</summary>
    /// <exception cref="PreparedStatementsLostException">
    /// The pooler loses prepared statements, and the driver prepares.
    /// </exception>
    public async Task EnsureAsync(CancellationToken ct)
    {
        await using (var connection = await source.OpenConnectionAsync(ct))
        {
            if (await IsDirectAsync(connection, ct))
                return;
        }

        if (new NpgsqlConnectionStringBuilder(source.ConnectionString).MaxAutoPrepare > 0)
            await PreparedStatements.ProbeAsync(source, ct);
        await StoreAsync(ct);
        await MendIdleAsync(ct);
    }

    /// <summary>
    /// The same for the one session that was busy meanwhile, as the last thing in its transaction, which must commit.
    /// </summary>
    public async Task MendAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var sameRole = connection.UserName == new NpgsqlConnectionStringBuilder(source.ConnectionString).Username;
        if (sameRole && !await IsDirectAsync(connection, ct))
            await connection.ExecuteAsync(new CommandDefinition(Mend, settings, cancellationToken: ct));
    }

    private static Task<bool> IsDirectAsync(NpgsqlConnection connection, CancellationToken ct) =>
        connection.ExecuteScalarAsync<bool>(new CommandDefinition(IsDirect, cancellationToken: ct));

    private async Task StoreAsync(CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var missing = new CommandDefinition(StoreStatements, settings, cancellationToken: ct);
        var statements = (await connection.QueryAsync<string>(missing)).AsList();
        foreach (var statement in statements)
            await connection.ExecuteAsync(new CommandDefinition(statement, cancellationToken: ct));
        await transaction.CommitAsync(ct);
        if (statements.Count > 0)
        {
            log.LogInformation(
                "A pooler ignores the startup parameter options. The role's own settings replace it: {Statements}",
                statements);
        }
    }

    // A pooler gives out its idle sessions before it opens another: as many transactions at once as there are idle
    // sessions reach each of them, and a session that is new says that none was left.
    private async Task MendIdleAsync(CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(MendingLimit);
        var held = new List<(NpgsqlConnection Connection, NpgsqlTransaction Transaction)>();
        var mended = 0;
        try
        {
            var first = await HoldAsync();
            var atRest = new CommandDefinition(Idle, cancellationToken: limit.Token);
            var (idle, since) = await first.QuerySingleAsync<(int, DateTime)>(atRest);
            var most = Math.Min(idle + 1, new NpgsqlConnectionStringBuilder(source.ConnectionString).MaxPoolSize);
            var isNew = false;
            while (held.Count < most && !isNew)
            {
                var next = await HoldAsync();
                isNew = await next.ExecuteScalarAsync<bool>(
                    new CommandDefinition(IsNew, new { since }, cancellationToken: limit.Token));
            }
        }
        catch (Exception error) when (!ct.IsCancellationRequested
            && (error is OperationCanceledException || Transient.IsUnavailable(error)))
        {
            log.LogWarning(
                "Not every session of the pooler could be looked at ({Error}). "
                + "Those opened before now may lack the shop's limits until RECONNECT",
                Transient.Summary(error));
        }
        finally
        {
            foreach (var (connection, transaction) in held)
                await ReleaseAsync(connection, transaction);
        }

        if (mended > 0)
            log.LogInformation("Sessions that the pooler had opened before have the settings now: {Sessions}", mended);

        async Task<NpgsqlConnection> HoldAsync()
        {
            var connection = await source.OpenConnectionAsync(limit.Token);
            held.Add((connection, await connection.BeginTransactionAsync(limit.Token)));
            mended += await MendDifferingAsync(connection, limit.Token) ? 1 : 0;
            return connection;
        }
    }

    private async Task<bool> MendDifferingAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var compare = new CommandDefinition(Differing, settings, cancellationToken: ct);
        var differing = await connection.QueryAsync<string>(compare);
        if (!differing.Any())
            return false;
        await connection.ExecuteAsync(new CommandDefinition(Mend, settings, cancellationToken: ct));
        return true;
    }

    private static async Task ReleaseAsync(NpgsqlConnection connection, NpgsqlTransaction transaction)
    {
        await using (connection)
        await using (transaction)
        {
            if (connection.State == System.Data.ConnectionState.Open)
                await transaction.CommitAsync(CancellationToken.None);
        }
    }

    private static object Parameters(IReadOnlyDictionary<string, string> settings) =>
        new { names = settings.Keys.ToArray(), values = settings.Values.ToArray() };
}
