using Npgsql;

namespace Shop.AttackTests.Testing;

/// <summary>An advisory lock of a user, as a transaction of the shop that does not end would hold it.</summary>
internal sealed class HeldUserLock : IAsyncDisposable
{
    private const string Lock =
        "select 1 from pg_advisory_lock(hashtextextended(@counted || ' ' || @user::bigint, 0))";

    private const string Waiters =
        "select count(*) from pg_stat_activity where pg_backend_pid() = any(pg_blocking_pids(pid))";

    private readonly NpgsqlConnection connection;

    private HeldUserLock(NpgsqlConnection connection) => this.connection = connection;

    /// <param name="counted">The counted things, <c>schema.name</c>.</param>
    public static async Task<HeldUserLock> TakeAsync(AttackedShop shop, string counted, long userId)
    {
        var connection = new NpgsqlConnection($"{shop.ConnectionString};Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(Lock, connection)
        {
            Parameters = { new("counted", counted), new("user", userId) },
        };
        await command.ExecuteScalarAsync();
        return new HeldUserLock(connection);
    }

    /// <summary>Connections that wait for the lock.</summary>
    public async Task<long> CountWaitersAsync()
    {
        await using var command = new NpgsqlCommand(Waiters, connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Gives the lock back.</summary>
    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
