using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Shop.BuildingBlocks.Database;

public static class DatabaseServices
{
    /// <summary>
    /// One pool for the process. Sessions carry time limits, so that a paused or cut-off host frees what it holds; a limit given in the connection
    /// string's own Options wins.
    /// </summary>
    public static IServiceCollection AddDatabase(this IServiceCollection services, string connectionString)
    {
        services.AddSingleton(provider => new NpgsqlDataSourceBuilder(WithDefaults(connectionString)) { Name = Telemetry.DataSource }
            .UseLoggerFactory(provider.GetRequiredService<ILoggerFactory>())
            .Build());
        services.AddScoped<Db>();
        services.AddSingleton<Transactions>();
        services.AddSingleton<Migrator>();
        return services;
    }

    /// <summary>The section <c>Database</c>. Without it the defaults hold.</summary>
    public static IServiceCollection AddDatabaseSettings(
        this IServiceCollection services, IConfiguration configuration) =>
        services.AddValidatedOptions<DatabaseOptions, DatabaseOptionsValidator>(configuration, "Database");

    internal static string WithDefaults(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        if (!IsGiven("Maximum Pool Size"))
            settings.MaxPoolSize = 32;
        if (!IsGiven("Max Auto Prepare"))
            settings.MaxAutoPrepare = 200;
        if (!IsGiven("Auto Prepare Min Usages"))
            settings.AutoPrepareMinUsages = 2;
        if (!IsGiven("Application Name"))
            settings.ApplicationName = "shop";
        // Several hosts are one primary and its standbys: commands want the primary, and a failover is to be noticed
        // in seconds.
        var severalHosts = settings.Host?.Contains(',', StringComparison.Ordinal) == true;
        if (severalHosts && !IsGiven("Target Session Attributes"))
            settings.TargetSessionAttributes = "primary";
        if (severalHosts && !IsGiven("Host Recheck Seconds"))
            settings.HostRecheckSeconds = 1;
        // An attempt at a silent address holds a place in the pool for as long: no longer than the database's return may go unnoticed.
        if (!IsGiven("Timeout"))
            settings.Timeout = severalHosts ? 1 : 4;
        // What the shop sets, it sets for one transaction: a session goes back to the pool as it came, and costs no statement to make it so.
        if (!IsGiven("No Reset On Close"))
            settings.NoResetOnClose = true;
        settings.TcpKeepAlive = true;
        if (!IsGiven("Tcp Keepalive Time"))
            settings.TcpKeepAliveTime = 5;
        if (!IsGiven("Tcp Keepalive Interval"))
            settings.TcpKeepAliveInterval = 1;
        settings.Timezone = "UTC";
        settings.Options = string.Join(' ', new[]
        {
            // Each limit ends before the one around it, so that the error says what was slow: a connection 1.5 s, a lock 2 s, a statement 15 s, the request
            // 30 s. (Connecting at the start may take the driver's 4 s.)
            "-c idle_in_transaction_session_timeout=10s",
            "-c lock_timeout=2s",
            "-c statement_timeout=15s",
            "-c tcp_keepalives_idle=10",
            "-c tcp_keepalives_interval=2",
            "-c tcp_keepalives_count=5",
            // Every statement goes by keys that have an index, some rows at a time. PostgreSQL, though, may have planned it while the table was small, or may not
            // have counted the rows that a sale has just brought: then it would read the whole table each time. (The audit, which does that, says so.)
            "-c enable_seqscan=off",
            "-c enable_hashjoin=off",
            "-c enable_mergejoin=off",
            "-c enable_material=off",
            "-c jit=off",
            settings.Options,
        }.Where(option => !string.IsNullOrEmpty(option)));
        return settings.ConnectionString;

        // Not ContainsKey: that tells which keywords there are, given or not.
        bool IsGiven(string keyword) => settings.ShouldSerialize(keyword);
    }
}
