using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Shop.EmbeddedPostgres;
using Shop.EmbeddedPostgres.Sources;
using Shop.IntegrationTests.EmbeddedPostgresTests;
using Xunit;

namespace Shop.IntegrationTests.Failover;

/// <summary>
/// A primary and a streaming standby, two clusters of their own on loopback, and the faults that can meet them.
/// </summary>
[UnsupportedOSPlatform("windows")]
public abstract class StandbyPair : Scene
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    private Binaries programs = null!;
    private ClusterFolder standby = null!;
    private string receiver = "";

    /// <summary>Of the primary alone.</summary>
    protected string Primary { get; private set; } = "";

    protected string Standby { get; private set; } = "";

    /// <summary>Several hosts, of which none is the primary.</summary>
    protected string StandbyAlone { get; private set; } = "";

    /// <summary>Of both, as an operator gives it.</summary>
    protected string Both { get; private set; } = "";

    public override async Task InitializeAsync()
    {
        try
        {
            await StartPairAsync();
        }
        catch (Exception)
        {
            // Of a class that could not be set up the framework disposes nothing.
            await DisposeAsync();
            throw;
        }
    }

    public override async Task DisposeAsync()
    {
        if (standby is not null && File.Exists(standby.PidFile))
            await PgCtlAsync("stop", "--mode", "immediate");
        await base.DisposeAsync();
    }

    /// <summary>From here on a COMMIT waits for the standby.</summary>
    protected async Task ReplicateSynchronouslyAsync()
    {
        await ExecuteAsync(Primary, "alter system set synchronous_standby_names = '*'");
        await ExecuteAsync(Primary, "select pg_reload_conf()");
        await UntilAsync(Primary, "select exists (select from pg_stat_replication where sync_state = 'sync')");
    }

    /// <summary>The standby keeps its connection and takes nothing more.</summary>
    protected async Task StallStandbyAsync()
    {
        receiver = await QueryAsync<string>(Standby, "select pid::text from pg_stat_wal_receiver");
        await RunAsync("kill", "-STOP", receiver);
    }

    protected Task ResumeStandbyAsync() => RunAsync("kill", "-CONT", receiver);

    /// <summary>The standby goes on taking the log, and shows nothing new.</summary>
    protected async Task PauseReplayAsync()
    {
        await ExecuteAsync(Standby, "select pg_wal_replay_pause()");
        await UntilAsync(Standby, "select pg_get_wal_replay_pause_state() = 'paused'");
    }

    protected Task ResumeReplayAsync() => ExecuteAsync(Standby, "select pg_wal_replay_resume()");

    /// <summary>The standby has replayed what the primary has written.</summary>
    protected async Task CatchUpAsync()
    {
        var written = await QueryAsync<string>(Primary, "select pg_current_wal_lsn()::text");
        await UntilAsync(Standby, $"select pg_last_wal_replay_lsn() >= '{written}'");
    }

    protected Task StopStandbyAsync() => PgCtlAsync("stop", "--mode", "immediate");

    protected Task StartStandbyAsync() => PgCtlAsync("start", "--log", standby.Log);

    /// <summary>The primary dies, and what the standby had taken is the shop's database from now on.</summary>
    protected async Task FailOverAsync()
    {
        KillServer();
        // Not resumed: it would take what lies in its socket. The standby starts over from its own log.
        await RunAsync("kill", "-KILL", receiver);
        await UntilAsync(Standby, "select pg_is_in_recovery() and not exists (select from pg_stat_wal_receiver)");
        await PgCtlAsync("promote");
        await UntilAsync(Standby, "select not pg_is_in_recovery()");
    }

    protected static async Task UntilAsync(string connectionString, string condition)
    {
        var waited = Stopwatch.StartNew();
        while (!await IsAsync(connectionString, condition))
            Assert.InRange(waited.Elapsed, TimeSpan.Zero, Timeout);
    }

    private static async Task<bool> IsAsync(string connectionString, string condition)
    {
        try
        {
            return await QueryAsync<bool>(connectionString, condition);
        }
        catch (NpgsqlException)
        {
            // It starts.
            return false;
        }
    }

    private async Task StartPairAsync()
    {
        var server = await StartAsync(Options with
        {
            // Durable against the death of a process, which is what happens here.
            Settings = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["synchronous_commit"] = "on",
                ["full_page_writes"] = "on",
                ["wal_level"] = "replica",
                ["hot_standby"] = "on",
            },
        });
        Primary = server.ConnectionString;
        programs = await LocalBinaries.FindAsync(major: null, ServerAccount.Current, [], CancellationToken.None)
            ?? throw new InvalidOperationException("PostgreSQL's programs were here a moment ago.");
        await StartStandbyAsync(new NpgsqlConnectionStringBuilder(Primary));
    }

    private async Task StartStandbyAsync(NpgsqlConnectionStringBuilder primary)
    {
        var account = ServerAccount.Current;
        standby = new ClusterFolder(Path.Combine(Folder, "standby"));
        await account.PrepareFolderAsync(standby.Path, NullLogger.Instance, CancellationToken.None);
        Directory.CreateDirectory(standby.LogFolder);
        await account.OwnAsync(standby.LogFolder, CancellationToken.None);
        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Directory.CreateDirectory(standby.Cluster, OwnerOnly);
        await account.OwnAsync(standby.Cluster, CancellationToken.None);
        var copy = new Command(
            Path.Combine(programs.Folder, "pg_basebackup"),
            "--host", primary.Host!, "--port", primary.Port.ToString(CultureInfo.InvariantCulture),
            "--username", primary.Username!, "--pgdata", standby.Cluster, "--checkpoint", "fast",
            "--wal-method", "stream", "--write-recovery-conf", "--no-sync")
        {
            User = account.User,
            Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["PGPASSWORD"] = primary.Password! },
        };
        await RunAsync(copy);

        var port = FreePort.Pick();
        AtomicFile.Write(standby.Settings, ServerSettings.File(Setting("fsync", "off"), port), AtomicFile.Readable);
        await PgCtlAsync("start", "--log", standby.Log);
        Standby = new NpgsqlConnectionStringBuilder(Primary) { Port = port }.ConnectionString;
        var hosts = $"{primary.Host}:{primary.Port},{primary.Host}:{port}";
        StandbyAlone = new NpgsqlConnectionStringBuilder(Standby)
        {
            Host = $"{primary.Host}:{port},{primary.Host}:{FreePort.Pick()}",
        }.ConnectionString;
        Both = new NpgsqlConnectionStringBuilder(Primary) { Host = hosts }.ConnectionString;
        await UntilAsync(Primary, "select exists (select from pg_stat_replication where state = 'streaming')");
    }

    private Task PgCtlAsync(string mode, params string[] arguments) => RunAsync(
        new Command(programs.PgCtl, [mode, "--pgdata", standby.Cluster, "--wait", "--silent", .. arguments])
        {
            User = ServerAccount.Current.User,
        });

    private static Task RunAsync(string program, params string[] arguments) =>
        RunAsync(new Command(program, arguments));

    private static async Task RunAsync(Command command)
    {
        var result = await CommandLine.RunAsync(command, CancellationToken.None);
        Assert.True(result.Succeeded, $"{command.Program} {string.Join(' ', command.Arguments)}: {result.Output}");
    }
}
