using Npgsql;

namespace Shop.BuildingBlocks.Database;

/// <summary>
/// Two connections beside the shop's pool, for short statements that a busy pool must not hold up. They have no logger,
/// and the data source of the services' key is made for the process.
/// </summary>
public static class SideConnections
{
    public const string Key = "side";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    internal static NpgsqlDataSource Create(string connectionString) =>
        NpgsqlDataSource.Create(ConnectionStringOf(connectionString, Key, Limit));

    /// <summary>
    /// As the shop's own, but two connections, no prepared statements, and the driver's limits at whole seconds.
    /// </summary>
    internal static string ConnectionStringOf(string connectionString, string suffix, TimeSpan limit)
    {
        var settings = new NpgsqlConnectionStringBuilder(DatabaseServices.WithDefaults(connectionString))
        {
            // A second one, where the first is still given up on.
            MaxPoolSize = 2,
            MinPoolSize = 0,
            MaxAutoPrepare = 0,
            Timeout = (int)limit.TotalSeconds,
            CommandTimeout = (int)limit.TotalSeconds,
            // At its limit a statement ends with its connection, without a cancellation that is waited for.
            CancellationTimeout = -1,
        };
        settings.ApplicationName += $"-{suffix}";
        return settings.ConnectionString;
    }
}
