using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Shop.EmbeddedPostgres;

namespace Shop.Bench.Machine;

/// <summary>
/// The host as somebody would run it: the built program in a process of its own, with Production's settings.
/// </summary>
internal sealed class HostProcess : IAsyncDisposable
{
    public const string AdminEmail = "admin@bench.local";
    public const string AdminPassword = "bench-password";

    private const int KeptLogLines = 50;

    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1);

    private readonly Process process;
    private readonly Queue<string> log = new();
    private readonly int gaugePort;

    private HostProcess(Process process, int port, int gaugePort)
    {
        this.process = process;
        this.gaugePort = gaugePort;
        Port = port;
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromMinutes(20) };
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
    }

    public int Port { get; }

    public int ProcessId => process.Id;

    public HttpClient Http { get; }

    /// <summary>From the start of the process until it was ready.</summary>
    public TimeSpan StartTime { get; private set; }

    /// <summary>Settings that differ from the defaults, besides the connection string.</summary>
    public static IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string>
    {
        ["RateLimiting:Enabled"] = "false",
        ["Wallet:MaximumBalance"] = "1000000000000000",
        ["Identity:Tokens:AccessLifetime"] = "12:00:00",
        ["Audit:Timeout"] = "00:15:00",
    };

    /// <param name="program">The host's assembly; null for the one that was built with the bench.</param>
    public static async Task<HostProcess> StartAsync(
        string connectionString, IReadOnlyDictionary<string, string> settings, string? program = null)
    {
        var started = Stopwatch.GetTimestamp();
        var (port, gaugePort) = (FreePort.Pick(), FreePort.Pick());
        program ??= Program;
        var start = new ProcessStartInfo("dotnet", [program])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // Where appsettings.json is.
            WorkingDirectory = Path.GetDirectoryName(program),
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        start.Environment["DOTNET_STARTUP_HOOKS"] = typeof(HostProcess).Assembly.Location;
        start.Environment["ASPNETCORE_HOSTINGSTARTUPASSEMBLIES"] = typeof(ConstantAnswers).Assembly.GetName().Name;
        start.Environment[StartupHook.PortVariable] = gaugePort.ToString(CultureInfo.InvariantCulture);
        Set(start, "Urls", $"http://127.0.0.1:{port}");
        Set(start, "ConnectionStrings:Shop", connectionString);
        Set(start, "Identity:Admin:Email", AdminEmail);
        Set(start, "Identity:Admin:Password", AdminPassword);
        Set(
            start,
            "DataPlatform:Directory",
            Path.Combine(Path.GetTempPath(), $"shop-bench-platform-{Environment.ProcessId}"));
        foreach (var (name, value) in Settings.Concat(settings))
            Set(start, name, value);

        var host = new HostProcess(Process.Start(start)!, port, gaugePort);
        host.process.BeginOutputReadLine();
        host.process.BeginErrorReadLine();
        await host.UntilReadyAsync();
        host.StartTime = Stopwatch.GetElapsedTime(started);
        return host;
    }

    public async Task<string> SignInAsync(string email, string password)
    {
        using var answer = await Http.PostAsJsonAsync("/api/v1/sessions", new { email, password });
        answer.EnsureSuccessStatusCode();
        return (string)(await answer.Content.ReadFromJsonAsync<JsonObject>())!["accessToken"]!;
    }

    /// <returns>An API key that acts for any customer; null where the host is of a build before API keys.</returns>
    public async Task<string?> CreateApiKeyAsync(string adminToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/admin/api-keys")
        {
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", adminToken) },
            Content = JsonContent.Create(new { name = "Bench", permissions = (string[])["users:act-for"] }),
        };
        using var answer = await Http.SendAsync(request);
        if (answer.StatusCode == HttpStatusCode.NotFound)
            return null;
        answer.EnsureSuccessStatusCode();
        return (string)(await answer.Content.ReadFromJsonAsync<JsonObject>())!["key"]!;
    }

    public async Task<JsonObject> AdminAsync(HttpMethod method, string path, string token)
    {
        using var request = new HttpRequestMessage(
            method, path)
        { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
        using var answer = await Http.SendAsync(request);
        return answer.IsSuccessStatusCode
            ? (await answer.Content.ReadFromJsonAsync<JsonObject>())!
            : throw new InvalidOperationException(
                $"{method} {path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
    }

    public async Task<Gauge> ReadGaugeAsync()
    {
        using var line = new TcpClient();
        await line.ConnectAsync("127.0.0.1", gaugePort);
        using var reader = new StreamReader(line.GetStream());
        var numbers = (await reader.ReadLineAsync())!
            .Split(' ')
            .Select(number => long.Parse(number, CultureInfo.InvariantCulture))
            .ToArray();
        return new Gauge(numbers[0], numbers[1], numbers[3]);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!process.HasExited)
        {
            using var terminate = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
            using var timeout = new CancellationTokenSource(Timeout);
            await process.WaitForExitAsync(timeout.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!process.HasExited)
                process.Kill();
        }

        process.Dispose();
    }

    // bench/bin/<configuration>/<framework> and Host/bin/<configuration>/<framework>: the same build of both.
    private static string Program
    {
        get
        {
            var own = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
            var repository = own.Parent!.Parent!.Parent!.Parent!;
            var program = Path.Combine(repository.FullName, "Host", "bin", own.Parent.Name, own.Name, "Shop.Host.dll");
            return File.Exists(program)
                ? program
                : throw new InvalidOperationException($"The host is not built: there is no {program}.");
        }
    }

    private static void Set(ProcessStartInfo start, string name, string value) =>
        start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;

    private async Task UntilReadyAsync()
    {
        var deadline = DateTime.UtcNow + Timeout;
        while (!await IsReadyAsync())
        {
            if (process.HasExited || DateTime.UtcNow > deadline)
                throw new InvalidOperationException($"The host did not start:\n{Log()}");
            await Task.Delay(20);
        }
    }

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            using var answer = await Http.GetAsync(new Uri("/health/ready", UriKind.Relative));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    public string Log()
    {
        lock (log)
            return string.Join('\n', log);
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (log)
        {
            if (log.Count == KeptLogLines)
                log.Dequeue();
            log.Enqueue(line.Data ?? "");
        }
    }
}

/// <summary>A reading of the host by <see cref="StartupHook"/>.</summary>
internal sealed record Gauge(long AllocatedBytes, long Commands, long FullCollections);
