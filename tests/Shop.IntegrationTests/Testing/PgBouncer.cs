using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;
using Shop.EmbeddedPostgres;

namespace Shop.IntegrationTests.Testing;

/// <summary>A pgbouncer in transaction mode, in front of the tests' server, on a port of its own.</summary>
internal sealed class PgBouncer : IAsyncDisposable
{
    // Debian keeps it where no unprivileged user's PATH looks.
    private static readonly string[] Paths = ["/usr/sbin/pgbouncer", "/usr/local/sbin/pgbouncer"];

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    private readonly Process process;
    private readonly DirectoryInfo folder;
    private readonly int port;

    private PgBouncer(Process process, DirectoryInfo folder, int port)
    {
        this.process = process;
        this.folder = folder;
        this.port = port;
    }

    /// <summary>The program, or null where there is none.</summary>
    public static string? Program { get; } = CommandLine.Find("pgbouncer") ?? Array.Find(Paths, File.Exists);

    /// <summary>Starts one for the server and the users of these connection strings.</summary>
    public static async Task<PgBouncer> StartAsync(params string[] connectionStrings)
    {
        var users = connectionStrings.Select(given => new NpgsqlConnectionStringBuilder(given)).ToList();
        var folder = Directory.CreateTempSubdirectory("shop-pgbouncer-");
        var port = FreePort.Pick();
        var ini = Path.Combine(folder.FullName, "pgbouncer.ini");
        var userList = Path.Combine(folder.FullName, "users.txt");
        await File.WriteAllLinesAsync(
            userList, users.Select(user => $"\"{user.Username}\" \"{user.Password}\"").Distinct());
        await File.WriteAllTextAsync(ini, $"""
            [databases]
            * = host={users[0].Host} port={users[0].Port}

            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {port}
            unix_socket_dir =
            auth_type = scram-sha-256
            auth_file = {userList}
            pool_mode = transaction
            default_pool_size = 20
            max_client_conn = 300
            ignore_startup_parameters = extra_float_digits,options
            """);
        foreach (var path in (string[])[folder.FullName, ini, userList])
            await ServerAccount.Current.OwnAsync(path, CancellationToken.None);

        // It refuses to run as root, as PostgreSQL does.
        string[] account = ServerAccount.Current.User is { } user ? ["-u", user] : [];
        var process = Process.Start(new ProcessStartInfo(Program ?? "pgbouncer", [.. account, ini])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        })!;
        var bouncer = new PgBouncer(process, folder, port);
        try
        {
            await bouncer.UntilItListensAsync();
            return bouncer;
        }
        catch
        {
            await bouncer.DisposeAsync();
            throw;
        }
    }

    /// <summary>The way through the pooler to the database of this connection string.</summary>
    public string To(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString)
    {
        Host = "127.0.0.1",
        Port = port,
        MaxAutoPrepare = 0,
        NoResetOnClose = true,
    }.ConnectionString;

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        folder.Delete(recursive: true);
    }

    // Its log is read to the end, or it would fill the pipe.
    private async Task UntilItListensAsync()
    {
        var up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var said = new ConcurrentQueue<string>();
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null)
                up.TrySetException(new InvalidOperationException($"pgbouncer ended: {string.Join('\n', said)}"));
            else if (line.Data.Contains("process up", StringComparison.Ordinal))
                up.TrySetResult();
            else if (!up.Task.IsCompleted)
                said.Enqueue(line.Data);
        };
        process.BeginErrorReadLine();
        await up.Task.WaitAsync(StartLimit);
    }
}
