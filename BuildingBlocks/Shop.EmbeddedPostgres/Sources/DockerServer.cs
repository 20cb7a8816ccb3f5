using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Shop.EmbeddedPostgres.Sources;

/// <summary>
/// The postgres image with a port on loopback. The data live in a named volume: a folder of the host would end up with
/// the container's owner.
/// </summary>
internal sealed class DockerServer : IServer
{
    public const string Image = "postgres:18";

    private static readonly TimeSpan Pull = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(90);

    private readonly string docker;
    private readonly ClusterFolder folder;
    private readonly string name;

    private DockerServer(string docker, ClusterFolder folder)
    {
        this.docker = docker;
        this.folder = folder;
        name = $"shop-postgres-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder.Path)))[..16]}";
    }

    public string Source => $"Docker container {name} of {Image}";

    public static async Task<DockerServer?> FindAsync(ClusterFolder folder, List<string> tried, CancellationToken ct)
    {
        if (CommandLine.Find("docker") is not { } docker)
        {
            tried.Add("docker is not in the PATH");
            return null;
        }

        var engine = await CommandLine.RunAsync(new Command(docker, "version", "--format", "{{.Server.Version}}"), ct);
        if (!engine.Succeeded)
        {
            tried.Add($"the client has no engine: {engine.Output}");
            return null;
        }

        return new DockerServer(docker, folder);
    }

    public async Task<int?> RunningPortAsync(CancellationToken ct)
    {
        var running = await RunAsync(["port", name, "5432/tcp"], ct);
        // As in "127.0.0.1:49153"; a stopped container has no ports, and a missing one is a failure.
        var number = running.Output.Split('\n')[0].Split(':')[^1];
        return running.Succeeded && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? port
            : null;
    }

    public async Task<int> StartAsync(StartRequest request, CancellationToken ct)
    {
        // The container of a killed host may still be there, stopped; the data are in the volume.
        await RunAsync(["rm", "--force", name], ct);
        var port = FreePort.Pick(request.PreferredPort);
        string[] arguments =
        [
            "run", "--detach", "--name", name,
            "--publish", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}:5432"),
            "--volume", $"{name}:/var/lib/postgresql",
            "--env", $"POSTGRES_USER={ServerConnection.User}",
            // Without a value docker takes it from its own environment, so that the password is on no command line.
            "--env", "POSTGRES_PASSWORD",
            "--env",
            "POSTGRES_INITDB_ARGS=--locale=C --locale-provider=builtin --builtin-locale=C.UTF-8 --data-checksums",
            Image,
            .. request.Settings.SelectMany(setting => new[] { "-c", $"{setting.Key}={setting.Value}" }),
        ];
        var environment = new Dictionary<string, string>(
            StringComparer.Ordinal)
        { ["POSTGRES_PASSWORD"] = request.Password };
        var result = await CommandLine.RunAsync(
            new Command(docker, arguments) { Environment = environment, Timeout = Pull }, ct);
        if (!result.Succeeded)
            throw new PostgresStartException($"docker run {Image} failed: {result.Output}");
        folder.WriteState(new ServerState(Source, port, Binaries: null, Container: name));
        return port;
    }

    public async Task StopAsync(CancellationToken ct)
    {
        if (await RunningPortAsync(ct) is null)
            return;
        var result = await RunAsync(["stop", "-t", "60", name], ct);
        if (!result.Succeeded)
            throw new PostgresStartException($"docker stop {name} failed: {result.Output}");
    }

    public async Task<string> LogTailAsync(CancellationToken ct) =>
        (await RunAsync(["logs", "--tail", "30", name], ct)).Output;

    public async Task DeleteDataAsync(CancellationToken ct)
    {
        await RunAsync(["rm", "--force", name], ct);
        var result = await RunAsync(["volume", "rm", "--force", name], ct);
        if (!result.Succeeded)
            throw new PostgresStartException($"docker volume rm {name} failed: {result.Output}");
    }

    private Task<CommandResult> RunAsync(IReadOnlyList<string> arguments, CancellationToken ct) =>
        CommandLine.RunAsync(new Command(docker, arguments) { Timeout = Timeout }, ct);
}
