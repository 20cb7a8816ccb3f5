using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Shop.EmbeddedPostgres;

namespace Shop.HostProcesses;

/// <summary>
/// A host of the shop as it runs in production: a process, which is killed, paused and started again like one.
/// </summary>
/// <param name="settings">Configuration, by the names that appsettings.json would have.</param>
/// <param name="logFile">Where its output goes.</param>
/// <param name="violated">Called with a sentence where the host has ended by itself.</param>
public sealed class HostProcess(
    string name, IReadOnlyDictionary<string, string> settings, string logFile, Action<string> violated)
    : IAsyncDisposable
{
    // SIGSTOP and SIGCONT, as Linux numbers them.
    private const int Stop = 19;
    private const int Continue = 18;

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);
    private static readonly HttpClient Probe = new() { Timeout = TimeSpan.FromSeconds(2) };

    private readonly StreamWriter log = new(logFile) { AutoFlush = true };
    private Process? process;

    public string Name => name;

    public Uri Address { get; } = new($"http://127.0.0.1:{FreePort.Pick()}");

    public int ProcessId => process!.Id;

    /// <summary>RLIMIT_NOFILE of the process, hard and soft, or null for the one of this process.</summary>
    public int? MaximumOpenFiles { get; init; }

    /// <summary>The wall clock of the process, or null for the machine's. It outlives the host.</summary>
    public FakedClock? Clock { get; init; }

    /// <summary>
    /// Starts and waits until it can serve. One that ends before, since the database is away, is started again, as a
    /// supervisor would.
    /// </summary>
    public async Task StartAsync(CancellationToken ct)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            if (process is null or { HasExited: true })
                process = Launch();
            if (await IsReadyAsync(ct))
                break;
            if (waited.Elapsed > StartTimeout)
                throw new InvalidOperationException($"{Name} was not ready after {StartTimeout}: see {logFile}.");
            await Task.Delay(PollInterval, ct);
        }
    }

    /// <summary>Starts a host that can't serve and waits for its end.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="TimeoutException">It still runs after a minute.</exception>
    public async Task<int> StartInVainAsync(CancellationToken ct)
    {
        process = Launch();
        await process.WaitForExitAsync(ct).WaitAsync(StartTimeout, ct);
        return process.ExitCode;
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        // Its own end, unlike ours, is a fault of the shop.
        Surviving();
        process!.Kill();
        await process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>It keeps its connections and locks and does nothing, as a virtual machine that is moved.</summary>
    public void Pause() => Signal(Stop);

    public void Resume() => Signal(Continue);

    /// <summary>Reports it where the host has ended by itself.</summary>
    /// <returns>Whether it runs.</returns>
    public bool Surviving()
    {
        if (process is { HasExited: false })
            return true;
        violated($"{Name} ended by itself with exit code {process?.ExitCode}");
        return false;
    }

    /// <returns>Its standard output and standard error so far.</returns>
    public async Task<string> ReadLogAsync()
    {
        await using var file = new FileStream(logFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return await reader.ReadToEndAsync();
    }

    /// <summary>Resident memory of the process, in bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            process!.Refresh();
            return process.WorkingSet64;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (process is { HasExited: false })
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        process?.Dispose();
        await log.DisposeAsync();
    }

    private Process Launch()
    {
        process?.Dispose();
        var built = Path.Combine(AppContext.BaseDirectory, "Shop.Host.dll");
        string[] program = ["dotnet", "exec", built, $"--Urls={Address}"];
        // The shell gives its process over, so that signals reach the host.
        if (MaximumOpenFiles is { } files)
        {
            var limit = files.ToString(CultureInfo.InvariantCulture);
            program = ["/bin/sh", "-c", $"ulimit -n {limit} && exec \"$@\"", "sh", .. program];
        }

        var start = new ProcessStartInfo(program[0], program[1..])
        {
            UseShellExecute = false,
            WorkingDirectory = AppContext.BaseDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (setting, value) in settings)
            start.Environment[setting.Replace(":", "__", StringComparison.Ordinal)] = value;
        foreach (var (variable, value) in Clock?.Variables ?? [])
            start.Environment[variable] = value;

        var launched = Process.Start(start)!;
        launched.OutputDataReceived += (_, line) => Write(line.Data);
        launched.ErrorDataReceived += (_, line) => Write(line.Data);
        launched.BeginOutputReadLine();
        launched.BeginErrorReadLine();
        return launched;
    }

    private void Write(string? line)
    {
        lock (log)
            log.WriteLine(line);
    }

    private async Task<bool> IsReadyAsync(CancellationToken ct)
    {
        try
        {
            using var answer = await Probe.GetAsync(new Uri(Address, "/health/ready"), ct);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception notYet) when (
            notYet is HttpRequestException or TaskCanceledException && !ct.IsCancellationRequested)
        {
            return false;
        }
    }

    private void Signal(int signal)
    {
        if (Surviving() && SendSignal(process!.Id, signal) != 0)
            throw new InvalidOperationException($"Signal {signal} did not reach {Name}.");
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int processId, int signal);
}
