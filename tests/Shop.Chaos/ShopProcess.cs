using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Shop.Chaos;

/// <summary>A host of the shop as it runs in production: a process, which is killed, paused and started again like one.</summary>
internal sealed class ShopProcess(int number, IReadOnlyDictionary<string, string> settings, string logFolder, Journal journal) : IAsyncDisposable
{
    // SIGSTOP and SIGCONT, as Linux numbers them.
    private const int Stop = 19;
    private const int Continue = 18;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly HttpClient Probe = new() { Timeout = TimeSpan.FromSeconds(2) };

    private readonly StreamWriter log = new(Path.Combine(logFolder, $"host-{number}.log")) { AutoFlush = true };
    private Process? process;

    public string Name { get; } = $"host {number}";

    public Uri Address { get; } = new($"http://127.0.0.1:{FreePort()}");

    /// <summary>Starts and waits until it can serve. One that ends before, since the database is away, is started again, as a supervisor would.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            if (process is null or { HasExited: true })
                process = Launch();
            if (await IsReadyAsync(ct))
                break;
            if (waited.Elapsed > Patience)
                throw new InvalidOperationException($"{Name} was not ready after {Patience.TotalSeconds:0} seconds: see {logFolder}.");
            await Task.Delay(200, ct);
        }
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        // Its own end, unlike ours, is a fault of the shop.
        Surviving();
        process!.Kill();
        await process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>Still there, with its connections and locks, and yet it does nothing: a virtual machine that is moved, a long collection.</summary>
    public void Pause() => Signal(Stop);

    public void Resume() => Signal(Continue);

    /// <summary>Notes it where the host has ended by itself.</summary>
    /// <returns>Whether it runs.</returns>
    public bool Surviving()
    {
        if (process is { HasExited: false })
            return true;
        journal.Violate($"{Name} ended by itself with exit code {process?.ExitCode}");
        return false;
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
        var start = new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "Shop.Host.dll"), $"--Urls={Address}"])
        {
            UseShellExecute = false,
            WorkingDirectory = AppContext.BaseDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in settings)
            start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;

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
        catch (Exception notYet) when (notYet is HttpRequestException or TaskCanceledException && !ct.IsCancellationRequested)
        {
            return false;
        }
    }

    private void Signal(int signal)
    {
        if (Surviving() && SendSignal(process!.Id, signal) != 0)
            throw new InvalidOperationException($"Signal {signal} did not reach {Name}.");
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int processId, int signal);
}
