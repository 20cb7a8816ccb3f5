using System.Diagnostics;
using System.Diagnostics.Metrics;
using Npgsql;

namespace Shop.BuildingBlocks.Database.Replicas;

/// <summary>
/// The replicas that answer queries in place of the primary. A read that they can't answer now is the primary's, and
/// after a failure all reads are until the next look finds them well.
/// </summary>
public sealed class Replica : IDisposable
{
    private const string Suffix = "replica";

    private static readonly TimeSpan OpenLimit = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ReplayLimit = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ReplayPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LookLimit = TimeSpan.FromSeconds(1);

    // A frozen server costs a read this long: then the primary answers. A query with a limit of its own has that one.
    private const int CommandSeconds = 5;

    private static readonly Counter<long> Reads = new Meter(Instrumentation.MeterName).CreateCounter<long>(
        "shop.replica.reads", "{read}", "Statements that were meant for a replica, by the server that answered.");

    private readonly NpgsqlDataSource source;
    private readonly NpgsqlDataSource side;
    private readonly Lock access = new();
    private Task<LogPosition>? look;
    private volatile CancellationTokenSource serving = new();
    private volatile bool isServing;

    internal Replica(string connectionString, Action<NpgsqlDataSourceBuilder>? configure = null)
    {
        var pool = new NpgsqlDataSourceBuilder(ConnectionStringOf(connectionString)) { Name = $"{Suffix}s" };
        configure?.Invoke(pool);
        source = pool.Build();
        Servers = pool.ConnectionStringBuilder.Host?.Split(',').Length ?? 1;
        side = NpgsqlDataSource.Create(
            SideConnections.ConnectionStringOf(ConnectionStringOf(connectionString), "look", LookLimit));
    }

    /// <summary>Servers that the connection string names; sessions take turns among them.</summary>
    public int Servers { get; }

    /// <summary>Whether reads are tried here, as far as is known.</summary>
    public bool IsServing => isServing;

    /// <summary>The replayed position. Callers at the same time share one look.</summary>
    public Task<LogPosition> LookAsync(CancellationToken ct)
    {
        lock (access)
        {
            if (look is null or { IsCompleted: true })
                look = LookAsync();
            return look.WaitAsync(ct);
        }
    }

    /// <summary>Waits a moment for the replay of a position, without a connection of the pool.</summary>
    /// <returns>False: the primary is to answer.</returns>
    public async Task<bool> WaitForAsync(LogPosition position, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(ReplayLimit);
        try
        {
            while (isServing)
            {
                if (position.IsReachedBy(await LookAsync(limit.Token)))
                    return true;
                if (Stopwatch.GetElapsedTime(started) + ReplayPause >= ReplayLimit)
                    return false;
                await Task.Delay(ReplayPause, limit.Token);
            }
        }
        catch (Exception error) when (!ct.IsCancellationRequested && IsOwn(error))
        {
            if (Transient.IsDisconnected(error))
                isServing = false;
        }

        return false;
    }

    /// <summary>Notes how a look went. The reads of a replica that is no longer well go to the primary.</summary>
    public void Note(bool isWell)
    {
        if (isServing == isWell)
            return;
        isServing = isWell;
        if (isWell)
            return;
        var lost = Interlocked.Exchange(ref serving, new CancellationTokenSource());
        lost.Cancel();
    }

    /// <param name="position">The session must have replayed it; null: any will do.</param>
    /// <param name="read">Is run again on the primary where this does not answer.</param>
    internal async Task<(bool IsAnswered, T? Answer)> TryReadAsync<T>(
        LogPosition? position, Func<NpgsqlConnection, CancellationToken, Task<T>> read, CancellationToken ct)
    {
        if (isServing)
        {
            using var until = CancellationTokenSource.CreateLinkedTokenSource(ct, serving.Token);
            try
            {
                await using var session = await source.OpenInTimeAsync(OpenLimit, until.Token);
                // Several servers may stand behind the connection string: this one has it or not.
                if (position is null || position.Value.IsReachedBy(await ReadAsync(session, until.Token)))
                {
                    var answer = await read(session, until.Token);
                    Count("replica");
                    return (true, answer);
                }
            }
            catch (Exception error) when (!ct.IsCancellationRequested && IsOwn(error))
            {
                // A statement that takes long says nothing of the server: the next look does.
                if (Transient.IsDisconnected(error) && error.InnerException is not TimeoutException)
                    isServing = false;
            }
        }

        Count("primary");
        return (false, default);
    }

    public void Dispose()
    {
        source.Dispose();
        side.Dispose();
    }

    // A statement that PostgreSQL ends for the replay (40001), a schema that is not replayed yet, a server that is
    // gone. Not a query's own limit, nor a write, which is a fault of the shop.
    private static bool IsOwn(Exception error) => error switch
    {
        PostgresException { SqlState: PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.ReadOnlySqlTransaction } =>
            false,
        PostgresException or OperationCanceledException => true,
        _ => Transient.IsUnavailable(error),
    };

    private static void Count(string server) => Reads.Add(1, new KeyValuePair<string, object?>("server", server));

    private async Task<LogPosition> LookAsync()
    {
        // The caller holds the lock until here.
        await Task.Yield();
        using var limit = new CancellationTokenSource(LookLimit);
        // Against a server that takes the connection and says nothing the driver does not look at the token.
        return await AskAsync(limit.Token).WaitAsync(limit.Token);

        async Task<LogPosition> AskAsync(CancellationToken ct)
        {
            await using var session = await side.OpenConnectionAsync(ct);
            return await ReadAsync(session, ct);
        }
    }

    private static async Task<LogPosition> ReadAsync(NpgsqlConnection session, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(LogPosition.Replayed, session);
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return LogPosition.Read(reader);
    }

    private static string ConnectionStringOf(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        var severalHosts = settings.Host?.Contains(',', StringComparison.Ordinal) == true;
        // A replica is taken as it is; of several, one after the other.
        if (!settings.ShouldSerialize("Target Session Attributes"))
            settings.TargetSessionAttributes = severalHosts ? "prefer-standby" : "any";
        if (severalHosts && !settings.ShouldSerialize("Load Balance Hosts"))
            settings.LoadBalanceHosts = true;
        if (!settings.ShouldSerialize("Command Timeout"))
            settings.CommandTimeout = CommandSeconds;
        // A read that is given up ends with its connection, without a cancellation that is waited for.
        settings.CancellationTimeout = -1;
        settings.Options = $"{settings.Options} -c default_transaction_read_only=on".TrimStart();
        return DatabaseServices.WithDefaults(settings.ConnectionString);
    }
}
