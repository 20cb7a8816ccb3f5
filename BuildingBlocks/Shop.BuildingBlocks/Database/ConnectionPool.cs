using Npgsql;

namespace Shop.BuildingBlocks.Database;

public static class ConnectionPool
{
    /// <summary>Connections that the pool of a data source opens at most.</summary>
    public static int SizeOf(NpgsqlDataSource source) =>
        new NpgsqlConnectionStringBuilder(source.ConnectionString).MaxPoolSize;
}
