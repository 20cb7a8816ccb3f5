using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Shop.BuildingBlocks.Database.Replicas;

namespace Shop.BuildingBlocks.Database;

public static class DatabaseServices
{
    /// <summary>
    /// The prefix of each session's application name: the edition, by which a migration tells older hosts.
    /// </summary>
    internal const string ApplicationName = "shop-2";

    /// <summary>The key of the data source that migrations use.</summary>
    public const string MigrationsKey = "migrations";

    /// <summary>
    /// One pool for the process, as the services of type <c>Action&lt;NpgsqlDataSourceBuilder&gt;</c> configure it.
    /// Sessions carry time limits, so that a paused or cut-off host frees what it holds; a limit given in the
    /// connection string's own Options wins.
    /// </summary>
    /// <param name="migrations">
    /// For migrations, where they go another way: past a pooler, or as the role that owns the schemas.
    /// </param>
    public static IServiceCollection AddDatabase(
        this IServiceCollection services, string connectionString, string? migrations = null)
    {
        services.AddSingleton(provider => Pool(provider, connectionString));
        var forMigrations = ForMigrations(migrations ?? connectionString);
        services.AddKeyedSingleton(MigrationsKey, (provider, _) => new NpgsqlDataSourceBuilder(forMigrations)
            .UseLoggerFactory(provider.GetRequiredService<ILoggerFactory>())
            .Build());
        services.AddKeyedSingleton(SideConnections.Key, (_, _) => SideConnections.Create(connectionString));
        services.AddSingleton<PooledSessions>();
        services.AddSingleton<HeldRows>();
        services.AddScoped<Db>();
        services.AddSingleton<Migrator>();
        services.AddSingleton(provider => new ReadinessProbe(connectionString, provider.GetServices<IModule>()));
        return services;
    }

    private static NpgsqlDataSource Pool(IServiceProvider services, string connectionString)
    {
        var pool = new NpgsqlDataSourceBuilder(WithDefaults(connectionString)) { Name = Instrumentation.DataSource };
        pool.UseLoggerFactory(services.GetRequiredService<ILoggerFactory>());
        foreach (var configure in services.GetServices<Action<NpgsqlDataSourceBuilder>>())
            configure(pool);
        return pool.Build();
    }

    /// <summary>The sections <c>Database</c> and <c>Replica</c>. Without them the defaults hold.</summary>
    public static IServiceCollection AddDatabaseSettings(
        this IServiceCollection services, IConfiguration configuration) => services
        .AddValidatedOptions<DatabaseOptions, DatabaseOptionsValidator>(configuration, "Database")
        .AddValidatedOptions<ReplicaOptions, ReplicaOptionsValidator>(configuration, "Replica");

    /// <summary>Makes the data sources that the shop will have, and opens no connection.</summary>
    /// <param name="connectionString">One whose keywords and values can be read.</param>
    /// <returns>Why they can't be made, in the driver's words, which hold no text of it; null where they can.</returns>
    public static string? FaultOf(string connectionString)
    {
        try
        {
            using var pool = NpgsqlDataSource.Create(WithDefaults(connectionString));
            using var migrations = NpgsqlDataSource.Create(ForMigrations(connectionString));
            return null;
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or NotSupportedException)
        {
            return error.Message;
        }
    }

    internal static string WithDefaults(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        if (!IsGiven("Maximum Pool Size"))
            settings.MaxPoolSize = 32;
        if (!IsGiven("Max Auto Prepare"))
            settings.MaxAutoPrepare = 200;
        if (!IsGiven("Auto Prepare Min Usages"))
            settings.AutoPrepareMinUsages = 2;
        settings.ApplicationName = IsGiven("Application Name")
            ? $"{ApplicationName} {settings.ApplicationName}"
            : ApplicationName;
        // Several hosts are one primary and its standbys: commands want the primary, and a failover is to be noticed
        // in seconds.
        var severalHosts = settings.Host?.Contains(',', StringComparison.Ordinal) == true;
        if (severalHosts && !IsGiven("Target Session Attributes"))
            settings.TargetSessionAttributes = "primary";
        if (severalHosts && !IsGiven("Host Recheck Seconds"))
            settings.HostRecheckSeconds = 1;
        // An attempt at a silent address holds a connection of the pool for as long, and delays the notice of its
        // return.
        if (!IsGiven("Timeout"))
            settings.Timeout = severalHosts ? 1 : 4;
        // The shop's settings last for one transaction: a session needs no reset on its way back to the pool.
        if (!IsGiven("No Reset On Close"))
            settings.NoResetOnClose = true;
        settings.TcpKeepAlive = true;
        if (!IsGiven("Tcp Keepalive Time"))
            settings.TcpKeepAliveTime = 5;
        if (!IsGiven("Tcp Keepalive Interval"))
            settings.TcpKeepAliveInterval = 1;
        settings.Timezone = "UTC";
        settings.Options = string.Join(' ', ((string?[])
        [
            .. SessionSettings.Options,
            "-c tcp_keepalives_idle=10",
            "-c tcp_keepalives_interval=2",
            "-c tcp_keepalives_count=5",
            settings.Options,
        ]).Where(option => !string.IsNullOrEmpty(option)));
        return settings.ConnectionString;

        // Not ContainsKey: that tells which keywords there are, given or not.
        bool IsGiven(string keyword) => settings.ShouldSerialize(keyword);
    }

    /// <summary>Sessions without a pool, so that nothing of a migration stays, and without time limits.</summary>
    internal static string ForMigrations(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(WithDefaults(connectionString))
        {
            Pooling = false,
            MaxAutoPrepare = 0,
            CommandTimeout = 0,
        };
        settings.Options = string.Join(' ', [settings.Options, .. SessionSettings.UnlimitedOptions]);
        return settings.ConnectionString;
    }
}
