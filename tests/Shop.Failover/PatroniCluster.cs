using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Net.NetworkInformation;
using System.Text.Json;
using Npgsql;
using Shop.Chaos;

namespace Shop.Failover;

/// <param name="Role">leader, sync_standby or replica.</param>
internal sealed record Member(string Name, string Role, string State, int Timeline, Uri Api);

/// <summary>The cluster does not do as it is told, or does not become whole again: nothing more can be tried.</summary>
internal sealed class ClusterException(string message) : Exception(message);

/// <summary>The cluster that deploy/cluster/local runs, in a folder of its own.</summary>
internal sealed class PatroniCluster : IDatabase
{
    private const int Ports = 100;

    private static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(120);
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(1) };
    private static readonly HttpClient Patient = new() { Timeout = TimeSpan.FromSeconds(30) };

    private readonly string folder;
    private readonly bool isStrict;
    private readonly int basePort;

    private PatroniCluster(string folder, bool isStrict)
    {
        this.folder = folder;
        this.isStrict = isStrict;
        basePort = FreePorts();
    }

    public string MigrationsConnectionString => ConnectionString("owner");

    public string Logs => Path.Combine(folder, "log");

    /// <param name="folder">It does not exist yet; PostgreSQL's user can come there.</param>
    public static async Task<PatroniCluster> StartAsync(string folder, bool isStrict, CancellationToken ct)
    {
        var cluster = new PatroniCluster(folder, isStrict);
        try
        {
            await cluster.RepairAsync(ct);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <param name="way">owner, proxy or addresses.</param>
    public string ConnectionString(string way) => File.ReadAllText(Path.Combine(folder, "connections", way)).Trim();

    /// <summary>Starts what does not run, and waits for a primary and two standbys.</summary>
    public Task RepairAsync(CancellationToken ct) =>
        RunAsync(["up", "--no-shops", .. isStrict ? (string[])["--strict"] : []], ct);

    public async ValueTask DisposeAsync() => await RunAsync(["down"], CancellationToken.None);

    /// <summary>The members as one of them sees them, or none where no one answers.</summary>
    public async Task<IReadOnlyList<Member>> MembersAsync(CancellationToken ct)
    {
        foreach (var number in Enumerable.Range(1, 3))
        {
            try
            {
                var answer = await Http.GetFromJsonAsync<JsonElement>(
                    new Uri($"http://127.0.0.1:{basePort + 20 + number}/cluster"), ct);
                return [.. answer.GetProperty("members").EnumerateArray().Select(Read)];
            }
            catch (Exception silent) when (
                silent is HttpRequestException or TaskCanceledException or JsonException && !ct.IsCancellationRequested)
            {
                // The next one may know.
            }
        }

        return [];
    }

    public async Task<Member> FindAsync(string role, CancellationToken ct) =>
        (await MembersAsync(ct)).FirstOrDefault(member => member.Role == role)
            ?? throw new ClusterException($"The cluster has no {role}.");

    /// <summary>Waits until a primary has a synchronous standby and another one, all on its timeline.</summary>
    public async Task SettleAsync(CancellationToken ct)
    {
        for (var waited = Stopwatch.StartNew(); !IsSettled(await MembersAsync(ct)); await Task.Delay(200, ct))
        {
            if (waited.Elapsed > SettleTime)
                throw new ClusterException(
                    $"The cluster is not whole again: {string.Join(", ", await MembersAsync(ct))}");
        }
    }

    /// <summary>Hands over to the synchronous standby.</summary>
    public async Task SwitchOverAsync(CancellationToken ct)
    {
        var (leader, standby) = (await FindAsync("leader", ct), await FindAsync("sync_standby", ct));
        // With its length: Patroni reads no chunks.
        using var asked = new StringContent(
            JsonSerializer.Serialize(new { leader = leader.Name, candidate = standby.Name }));
        using var answer = await Patient.PostAsync(new Uri(leader.Api, "/switchover"), asked, ct);
        if (!answer.IsSuccessStatusCode)
            throw new ClusterException($"No switchover: {await answer.Content.ReadAsStringAsync(ct)}");
    }

    /// <summary>The process of etcd, haproxy or a node's Patroni.</summary>
    public int ProcessOf(string name) => FirstNumber(Path.Combine(folder, "run", name));

    public int PostmasterOf(string node) => FirstNumber(Path.Combine(folder, node, "data", "postmaster.pid"));

    public async Task<T> QueryAsync<T>(string sql, params (string Name, object Value)[] parameters)
    {
        await using var connection = new NpgsqlConnection($"{MigrationsConnectionString};Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    private static bool IsSettled(IReadOnlyList<Member> members) =>
        members.Count == 3
        && members.All(member => member.State is "running" or "streaming")
        && members.Select(member => member.Timeline).Distinct().Count() == 1
        && members.Select(member => member.Role).Order(StringComparer.Ordinal)
            .SequenceEqual(["leader", "replica", "sync_standby"]);

    private static Member Read(JsonElement member) => new(
        member.GetProperty("name").GetString()!,
        member.GetProperty("role").GetString()!,
        member.GetProperty("state").GetString()!,
        member.TryGetProperty("timeline", out var timeline) ? timeline.GetInt32() : 0,
        new Uri(member.GetProperty("api_url").GetString()!));

    private static int FirstNumber(string file) =>
        int.Parse(File.ReadLines(file).First().Split(' ')[0], CultureInfo.InvariantCulture);

    // Below those that the system gives away.
    private static int FreePorts()
    {
        var taken = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners()
            .Select(listener => listener.Port / Ports).ToHashSet();
        return Ports * Enumerable.Range(200, 120).OrderBy(_ => Random.Shared.Next())
            .First(block => !taken.Contains(block));
    }

    private static string Script()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (Path.Combine(at.FullName, "deploy", "cluster", "local") is var script && File.Exists(script))
                return script;
        }

        throw new ClusterException("deploy/cluster/local is not in a folder above this program.");
    }

    private async Task RunAsync(IEnumerable<string> arguments, CancellationToken ct)
    {
        var port = basePort.ToString(CultureInfo.InvariantCulture);
        var start = new ProcessStartInfo(Script(), [.. arguments, "--directory", folder, "--base-port", port])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        using var script = Process.Start(start)!;
        try
        {
            await script.StandardOutput.ReadToEndAsync(ct);
            await script.WaitForExitAsync(ct);
        }
        catch (OperationCanceledException)
        {
            // It holds the cluster's lock, which the end of the cluster needs.
            script.Kill();
            await script.WaitForExitAsync(CancellationToken.None);
            throw;
        }

        if (script.ExitCode != 0)
            throw new ClusterException($"deploy/cluster/local ended with {script.ExitCode}; logs: {Logs}");
    }
}
