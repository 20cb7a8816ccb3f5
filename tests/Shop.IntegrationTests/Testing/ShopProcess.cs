using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.Versioning;
using Shop.EmbeddedPostgres;

namespace Shop.IntegrationTests.Testing;

/// <summary>The shop as a process of its own, under a limit of open files.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class ShopProcess : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1);

    private readonly Process process;
    private readonly ConcurrentQueue<string> log = new();

    private ShopProcess(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => log.Enqueue(line.Data ?? "");
        process.ErrorDataReceived += (_, line) => log.Enqueue(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public Uri Address { get; private init; } = null!;

    /// <summary>Health's own listener.</summary>
    public Uri Health { get; private init; } = null!;

    public bool IsRunning => !process.HasExited;

    public string Log => string.Join('\n', log);

    public static async Task<ShopProcess> StartAsync(
        string connectionString, int openFiles, IReadOnlyDictionary<string, string>? settings = null)
    {
        var address = new Uri($"http://127.0.0.1:{FreePort.Pick()}");
        var health = new Uri($"http://127.0.0.1:{FreePort.Pick()}");
        var program = typeof(Program).Assembly.Location;
        var start = new ProcessStartInfo("sh", ["-c", $"ulimit -n {openFiles} && exec dotnet exec '{program}'"])
        {
            UseShellExecute = false,
            WorkingDirectory = Path.GetDirectoryName(program),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        start.Environment["Urls"] = address.ToString();
        start.Environment["Health__Urls"] = health.ToString();
        start.Environment["ConnectionStrings__Shop"] = connectionString;
        foreach (var (name, value) in settings ?? new Dictionary<string, string>())
            start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        var shop = new ShopProcess(Process.Start(start)!) { Address = address, Health = health };
        await shop.UntilReadyAsync();
        return shop;
    }

    /// <summary>Its open files with this in their names, also those that stand in no folder any more.</summary>
    public int CountOpenFiles(string name) => Directory.EnumerateFiles($"/proc/{process.Id}/fd")
        .Count(file => new FileInfo(file).LinkTarget?.Contains(name, StringComparison.Ordinal) == true);

    /// <summary>Ends it as <c>kill -9</c> does.</summary>
    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill();
        process.WaitForExit();
        process.Dispose();
    }

    private async Task UntilReadyAsync()
    {
        using var http = new HttpClient { BaseAddress = Health };
        var waited = Stopwatch.StartNew();
        while (!await IsReadyAsync(http))
        {
            if (process.HasExited || waited.Elapsed > Timeout)
                throw new InvalidOperationException($"The shop did not start:\n{Log}");
        }
    }

    private static async Task<bool> IsReadyAsync(HttpClient http)
    {
        try
        {
            using var answer = await http.GetAsync("/health/ready");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
