using System.Data;
using System.Data.Common;
using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using Shop.BuildingBlocks.Database.Replicas;

namespace Shop.BuildingBlocks.Database;

/// <summary>
/// The database as one scope sees it: at most one connection, at most one transaction. Outside a transaction a
/// statement takes a connection from the pool for as long as it runs; inside, everything runs on the transaction's
/// connection.
/// </summary>
public sealed partial class Db(
    NpgsqlDataSource source, IOptions<DatabaseOptions> options, HeldRows? held = null, Replica? replica = null)
    : IAsyncDisposable
{
    // At its timeout the driver cancels the statement. PostgreSQL answers a cancelled wait for the standby with
    // success, so a COMMIT has none: its session ends with the answer, or when TCP gives the connection up.
    private const int NoDriverTimeout = 0;

    private static readonly QueuedStatement Nothing = new("select 1", null, []);
    private static readonly QueuedStatement Commit = new("commit", null, []);
    private static readonly QueuedStatement Position = new(LogPosition.Written, null, []);

    private readonly HeldRows known = held ?? new HeldRows();
    private readonly TimeSpan commitTimeout = options.Value.CommitTimeout;
    private readonly List<QueuedStatement> queue = [];
    private NpgsqlConnection? connection;
    private NpgsqlTransaction? transaction;
    private StatementLimit? limit;
    private Action<LogPosition>? positionRead;
    private bool preparedInDoubt;

    static Db() => DapperSetup.Apply();

    public bool InTransaction => transaction is not null;

    /// <summary>The way of the scope's query to a replica; null: its statements are the primary's.</summary>
    internal ReadRoute? Route { get; set; }

    public Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? parameters, CancellationToken ct)
    {
        return RunAsync(ReadAsync, sql, parameters, ct);

        static async Task<IReadOnlyList<T>> ReadAsync(NpgsqlConnection session, CommandDefinition command) =>
            (await session.QueryAsync<T>(command)).AsList();
    }

    /// <summary>The only row, or the default where there is none; throws where there are several.</summary>
    public Task<T?> QuerySingleOrDefaultAsync<T>(string sql, object? parameters, CancellationToken ct) => RunAsync(
        static (session, command) => session.QuerySingleOrDefaultAsync<T>(command), sql, parameters, ct);

    public Task<T> QuerySingleAsync<T>(string sql, object? parameters, CancellationToken ct) =>
        RunAsync(static (session, command) => session.QuerySingleAsync<T>(command), sql, parameters, ct);

    /// <summary>
    /// A query with a time limit of its own, in one round trip. Waiting for a lock may take half of the limit, so that
    /// the exceptions tell a long query from a table under migration (SQLSTATE 55P03).
    /// </summary>
    /// <param name="limit">Of the execution in PostgreSQL, in whole milliseconds; without opening a connection.</param>
    /// <param name="settings">Session settings for this query alone. They become SQL text: constants only.</param>
    /// <exception cref="QueryTimeoutException">PostgreSQL ended the query at its limit.</exception>
    public async Task<IReadOnlyList<T>> QueryWithinAsync<T>(
        TimeSpan limit, string sql, object? parameters, CancellationToken ct,
        params (string Name, string Value)[] settings)
    {
        if (connection is not null)
            throw new InvalidOperationException("The settings would last to the end of the scope's transaction.");
        return await ReadAsync(
            async (session, token) =>
            {
                try
                {
                    // Statements that are sent together are one transaction, and the settings last to its end.
                    var limited = new CommandDefinition(
                        $"{LocalSettings.Of(limit, settings)}; {sql}",
                        parameters,
                        commandTimeout: new StatementLimit(limit).DriverSeconds,
                        cancellationToken: token);
                    await using var results = await session.QueryMultipleAsync(limited);
                    await results.ReadAsync();
                    return (IReadOnlyList<T>)(await results.ReadAsync<T>()).AsList();
                }
                catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.QueryCanceled)
                {
                    throw new QueryTimeoutException(limit, error);
                }
            },
            ct);
    }

    /// <summary>
    /// Reads on a session outside a transaction: a replica's where the scope's query goes there, and it answers.
    /// </summary>
    /// <param name="read">May be called twice.</param>
    public async Task<T> ReadAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> read, CancellationToken ct)
    {
        if (Route is { } route && replica is not null)
        {
            var (isAnswered, answer) = await replica.TryReadAsync(route.Position, read, ct);
            if (isAnswered)
                return answer!;
        }

        await using var borrowed = await source.OpenInTimeAsync(ct);
        return await read(borrowed, ct);
    }

    /// <returns>The number of rows affected.</returns>
    public async Task<int> ExecuteAsync(string sql, object? parameters, CancellationToken ct)
    {
        if (connection is not null)
        {
            await SendSavepointAsync(ct);
            return await connection.ExecuteAsync(Command(sql, parameters, ct));
        }

        await using var borrowed = await source.OpenInTimeAsync(ct);
        return await borrowed.ExecuteAsync(Command(sql, parameters, ct));
    }

    /// <summary>
    /// Queues a statement that reads or locks; <paramref name="read"/> is given each row when <see cref="FlushAsync"/>
    /// sends the queue.
    /// </summary>
    public void QueueRead(string sql, Action<DbDataReader> read, params (string Name, object Value)[] parameters) =>
        queue.Add(new QueuedStatement(sql, read, parameters));

    /// <summary>Queues a statement whose rows are neither read nor counted.</summary>
    public void Queue(string sql, params (string Name, object Value)[] parameters) =>
        queue.Add(new QueuedStatement(sql, null, parameters));

    /// <summary>
    /// Queues an INSERT, UPDATE or DELETE (without RETURNING) that must touch exactly <paramref name="rows"/> rows: any
    /// other number raises in PostgreSQL, before the commit, and undoes the transaction.
    /// </summary>
    public void QueueWrite(string sql, int rows, params (string Name, object Value)[] parameters) =>
        queue.Add(
            new QueuedStatement(CountedStatement.Of(sql), null, [.. parameters, (CountedStatement.Rows, (long)rows)]));

    /// <summary>Sends what is queued, in the order of queueing, in one round trip.</summary>
    public Task FlushAsync(CancellationToken ct) =>
        queue.Count == 0 ? Task.CompletedTask : FlushAsync(limit?.DriverSeconds, ct);

    private async Task FlushAsync(int? driverSeconds, CancellationToken ct)
    {
        if (connection is null)
            throw new InvalidOperationException("Queued statements belong to a transaction; none is open.");

        await using var batch = new NpgsqlBatch(connection, transaction);
        if (driverSeconds is { } seconds)
            batch.Timeout = seconds;
        var (before, isSent) = (sentSavepoint, false);
        // A statement without rows has no result for the reader, so these are not among those that are read.
        foreach (var statement in TakeSavepoint().Concat(queue))
            batch.BatchCommands.Add(statement.ToBatchCommand());
        var statements = queue.ToArray();
        queue.Clear();

        try
        {
            await using var reader = await batch.ExecuteReaderAsync(ct);
            isSent = true;
            foreach (var statement in statements)
            {
                while (await reader.ReadAsync(ct))
                {
                    // Behind statements without rows, it is found by its name.
                    if (positionRead is not null && LogPosition.IsAt(reader))
                        positionRead(LogPosition.Read(reader));
                    else
                        statement.Read?.Invoke(reader);
                }

                await reader.NextResultAsync(ct);
            }
        }
        catch (PostgresException error)
        {
            preparedInDoubt |= error.BatchCommand != batch.BatchCommands[^1];
            throw;
        }
        catch (Exception error) when (!isSent && IsUnsent(error, connection))
        {
            sentSavepoint = before;
            throw;
        }
    }

    /// <summary>Opens the scope's one transaction (READ COMMITTED).</summary>
    public async Task BeginAsync(CancellationToken ct)
    {
        if (transaction is not null)
            throw new InvalidOperationException("This scope has a transaction already.");
        connection = await source.OpenInTimeAsync(ct);
        transaction = await connection.BeginTransactionAsync(ct);
    }

    /// <summary>
    /// Gives the transaction's further statements a time limit of their own, in PostgreSQL and in the driver alike.
    /// </summary>
    public async Task LimitStatementsAsync(TimeSpan timeout, CancellationToken ct)
    {
        var wanted = new StatementLimit(timeout);
        if (transaction is null)
            throw new InvalidOperationException("A statement limit is a transaction's; none is open.");
        await ExecuteAsync(StatementLimit.Set, new { milliseconds = wanted.Milliseconds }, ct);
        limit = wanted;
    }

    /// <summary>
    /// Reads the log position behind the COMMIT, in its round trip. Without a replica nobody wants it, and nothing is
    /// read.
    /// </summary>
    public void ReadPositionAtCommit(Action<LogPosition> read) => positionRead = replica is null ? null : read;

    /// <summary>Sends what is queued with the COMMIT behind it, in one round trip.</summary>
    /// <param name="ct">Until the COMMIT is sent it undoes the transaction; afterwards it ends the wait alone.</param>
    /// <exception cref="CommitUnknownException">The transaction may have happened.</exception>
    public async Task CommitAsync(CancellationToken ct)
    {
        if (transaction is null)
            throw new InvalidOperationException("There is no transaction to commit.");
        ct.ThrowIfCancellationRequested();
        savepoint = sentSavepoint;
        // The COMMIT of a transaction in which a statement failed answers ROLLBACK, without an error. A statement
        // before it has the error.
        if (queue.Count == 0)
            queue.Add(Nothing);
        queue.Add(Commit);
        if (positionRead is not null)
            queue.Add(Position);
        var standby = new StandbyNotices(connection!);
        var sent = FlushAsync(NoDriverTimeout, CancellationToken.None);
        try
        {
            await SentCommit.WaitAsync(sent, commitTimeout, ct);
        }
        catch (PostgresException noPosition) when (noPosition.BatchCommand?.CommandText == Position.Sql)
        {
            // It stands behind the COMMIT, which has happened.
        }
        catch (CommitUnknownException unknown)
            when (unknown.Doubt is CommitDoubt.TimedOut or CommitDoubt.CallerLeft)
        {
            Abandon(sent);
            throw;
        }

        if (standby.GivenUp)
            throw new CommitUnknownException(CommitDoubt.NotReplicated);
        await CloseAsync();
    }

    public async ValueTask DisposeAsync() => await CloseAsync();

    private NpgsqlTransaction Transaction =>
        transaction ?? throw new InvalidOperationException("There is no transaction.");

    // The session waits on: a cancel would make the transaction visible before the standby has it. It keeps its
    // connection of the pool, which bounds the number of abandoned sessions; when all are abandoned, opening fails.
    private void Abandon(Task sent)
    {
        var (unfinished, used) = (transaction, connection);
        (transaction, connection) = (null, null);
        _ = EndAsync();

        async Task EndAsync()
        {
            await sent.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                await CloseAsync(unfinished, used);
            }
            catch (Exception broken) when (broken is NpgsqlException or IOException)
            {
                // The session ended meanwhile, and the pool has dropped it.
            }
        }
    }

    private Task CloseAsync()
    {
        var (unfinished, used) = (transaction, connection);
        (transaction, connection) = (null, null);
        (limit, positionRead) = (null, null);
        (savepoint, sentSavepoint) = (0, 0);
        (lockMode, lastRank) = (LockMode.Wait, default);
        heldRows.Clear();
        queue.Clear();
        return unfinished is null && used is null ? Task.CompletedTask : CloseAsync(unfinished, used);
    }

    // Disposing an unfinished transaction rolls it back.
    private async Task CloseAsync(NpgsqlTransaction? unfinished, NpgsqlConnection? used)
    {
        try
        {
            if (unfinished is not null)
                await unfinished.DisposeAsync();
        }
        finally
        {
            if (used is not null)
                await ReturnAsync(used);
        }
    }

    private async Task ReturnAsync(NpgsqlConnection used)
    {
        try
        {
            ForgetPrepared(used);
        }
        catch (NpgsqlException)
        {
            // The session ended meanwhile, and its statements with it: the pool drops it.
        }

        await used.DisposeAsync();
    }

    // After an error between the rows of one statement the driver holds those behind it in the batch to be prepared,
    // which they are not if it was to prepare them just then: each later use on the connection would fail (SQLSTATE
    // 26000).
    private void ForgetPrepared(NpgsqlConnection session)
    {
        if (!preparedInDoubt)
            return;
        preparedInDoubt = false;
        if (session.State == ConnectionState.Open)
            session.UnprepareAll();
    }

    private async Task<T> RunAsync<T>(
        Func<NpgsqlConnection, CommandDefinition, Task<T>> run, string sql, object? parameters, CancellationToken ct)
    {
        if (connection is not null)
        {
            await SendSavepointAsync(ct);
            return await run(connection, Command(sql, parameters, ct));
        }

        if (Route is not null)
            return await ReadRoutedAsync(run, sql, parameters, ct);
        await using var borrowed = await source.OpenInTimeAsync(ct);
        return await run(borrowed, Command(sql, parameters, ct));
    }

    private Task<T> ReadRoutedAsync<T>(
        Func<NpgsqlConnection, CommandDefinition, Task<T>> run, string sql, object? parameters, CancellationToken ct) =>
        ReadAsync((session, token) => run(session, Command(sql, parameters, token)), ct);

    private CommandDefinition Command(string sql, object? parameters, CancellationToken ct) =>
        new(sql, parameters, transaction, limit?.DriverSeconds, cancellationToken: ct);
}
