using Npgsql;

namespace Shop.AttackTests.Testing;

/// <summary>A transaction of another session that holds what its statement locks, until it is disposed of.</summary>
internal sealed class HeldRow : IAsyncDisposable
{
    private readonly NpgsqlConnection connection;

    private HeldRow(NpgsqlConnection connection) => this.connection = connection;

    /// <param name="sql">Locks the row.</param>
    public static async Task<HeldRow> TakeAsync(AttackedShop shop, string sql)
    {
        var connection = new NpgsqlConnection($"{shop.ConnectionString};Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"begin; {sql}", connection);
        await command.ExecuteNonQueryAsync();
        return new HeldRow(connection);
    }

    /// <summary>Gives the row back.</summary>
    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
