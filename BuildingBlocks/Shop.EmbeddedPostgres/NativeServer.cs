using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Shop.EmbeddedPostgres.Sources;

namespace Shop.EmbeddedPostgres;

/// <summary>A server run by programs of this machine. The caller holds the folder's start lock.</summary>
internal sealed class NativeServer(Binaries binaries, ClusterFolder folder, ServerAccount account, ILogger logger)
    : IServer
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private const long LogLimit = 16 * 1024 * 1024;

    private long logStart;

    public string Source => $"PostgreSQL {binaries.Version} from {binaries.Folder}";

    public async Task<int?> RunningPortAsync(CancellationToken ct) =>
        PidFile.Read(folder) is { } file && await file.IsServerAliveAsync(ct) ? file.Port : null;

    public async Task<int> StartAsync(StartRequest request, CancellationToken ct)
    {
        await new InitDb(binaries, folder, account, logger).EnsureAsync(request.Durable, ct);
        await PrepareLogAsync(ct);

        var waited = Stopwatch.StartNew();
        var port = FreePort.Pick(request.PreferredPort);
        while (true)
        {
            // Before the start: should this host be killed now, the next one can find the server.
            folder.WriteState(new ServerState(Source, port, binaries.Folder, Container: null));
            AtomicFile.Write(folder.Settings, ServerSettings.File(request.Settings, port), AtomicFile.Readable);
            if (PidFile.Read(folder) is { } left)
                await left.RemoveIfForeignAsync(ct);

            logStart = File.Exists(folder.Log) ? new FileInfo(folder.Log).Length : 0;
            // Not cancelled halfway: pg_ctl would be gone and the server there.
            var started = await RunPgCtlAsync("start", "--log", folder.Log);
            if (started.Succeeded)
                return port;

            var tail = await LogTailAsync(ct);
            if (waited.Elapsed > Timeout)
                throw Failed(started, tail);

            // Another process took the port between our check and the server's.
            if (tail.Contains("could not create any TCP/IP sockets", StringComparison.Ordinal))
                port = FreePort.Pick();
            // Children of a killed server end by themselves once they notice; until then PostgreSQL rightly refuses.
            else if (tail.Contains("shared memory block", StringComparison.Ordinal)
                && tail.Contains("still in use", StringComparison.Ordinal))
                await Task.Delay(Pause, ct);
            // A host that was killed in the middle of its start leaves a pg_ctl behind, which may have won.
            else if (await RunningPortAsync(ct) is { } other)
                return other;
            else
                throw Failed(started, tail);
        }
    }

    public async Task StopAsync(CancellationToken ct)
    {
        if (await RunningPortAsync(ct) is null)
            return;
        var stopped = await RunPgCtlAsync("stop", "--mode", "fast");

        // It may have died of something else meanwhile, which is as good.
        if (!stopped.Succeeded && await RunningPortAsync(ct) is not null)
            throw new PostgresStartException($"{Source} does not stop: {stopped.Output}\n{await LogTailAsync(ct)}");
    }

    public async Task<string> LogTailAsync(CancellationToken ct)
    {
        if (!File.Exists(folder.Log))
            return "The server wrote no log.";
        await using var log = new FileStream(
            folder.Log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        log.Seek(Math.Max(logStart, log.Length - 4096), SeekOrigin.Begin);
        using var reader = new StreamReader(log);
        return $"The end of {folder.Log}:\n{(await reader.ReadToEndAsync(ct)).TrimEnd()}";
    }

    public Task DeleteDataAsync(CancellationToken ct) => Task.CompletedTask;

    private async Task PrepareLogAsync(CancellationToken ct)
    {
        Directory.CreateDirectory(folder.LogFolder);
        await account.OwnAsync(folder.LogFolder, ct);
        var log = new FileInfo(folder.Log);
        if (log is { Exists: true, Length: > LogLimit })
            log.MoveTo(folder.Log + ".old", overwrite: true);
    }

    // pg_ctl puts the server into a session of its own, so that Ctrl+C in the host's terminal does not reach it.
    private Task<CommandResult> RunPgCtlAsync(string mode, params string[] arguments)
    {
        var seconds = Timeout.TotalSeconds.ToString("0", CultureInfo.InvariantCulture);
        var command = new Command(
            binaries.PgCtl,
            [mode, "--pgdata", folder.Cluster, "--wait", "--timeout", seconds, "--silent", .. arguments])
        {
            User = account.User,
            Timeout = 2 * Timeout,
            // On Windows the server would inherit the pipes, and they would never end.
            Capture = !OperatingSystem.IsWindows(),
        };
        return CommandLine.RunAsync(command, CancellationToken.None);
    }

    private PostgresStartException Failed(CommandResult result, string tail) =>
        new($"{Source} did not start in {folder.Cluster}. {result.Output}\n{tail}");
}
