using System.Diagnostics;
using System.Globalization;
using Shop.EmbeddedPostgres;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Shop.IntegrationTests.Testing;

/// <summary>A broker of a test's own: a node on loopback with a folder and a port mapper for itself.</summary>
internal sealed class RabbitMq : IAsyncDisposable
{
    // The server itself: the program in the path is a wrapper that changes the user.
    private const string Path = "/usr/lib/rabbitmq/bin/rabbitmq-server";

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(90);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("shop-rabbitmq-");
    private readonly int port = FreePort.Pick();
    private readonly int distribution = FreePort.Pick();
    private readonly int mapper = FreePort.Pick();
    private Process? shell;

    /// <summary>The program, or null where there is none.</summary>
    public static string? Program { get; } = File.Exists(Path) ? Path : null;

    public string Address => $"amqp://shop:broker@127.0.0.1:{port}/";

    public static async Task<RabbitMq> StartNewAsync()
    {
        var broker = new RabbitMq();
        await File.WriteAllTextAsync(broker.In("rabbitmq.conf"), $"""
            listeners.tcp.1 = 127.0.0.1:{broker.port}
            default_user = shop
            default_pass = broker
            log.file = false
            log.console = true
            log.console.level = error
            """);
        await broker.StartAsync();
        return broker;
    }

    /// <summary>Starts it, for the first time or after its end, with the queues that it had.</summary>
    public async Task StartAsync()
    {
        shell = Start(Program ?? Path);
        var waited = Stopwatch.StartNew();
        while (!await AnswersAsync())
        {
            if (shell.HasExited || waited.Elapsed > Timeout)
                throw new InvalidOperationException("rabbitmq-server did not start.");
        }
    }

    /// <summary>kill -9 of the node.</summary>
    public async Task KillAsync()
    {
        using var node = Process.GetProcessById(
            int.Parse(await File.ReadAllTextAsync(In("pid")), CultureInfo.InvariantCulture));
        node.Kill();
        await shell!.WaitForExitAsync();
        shell.Dispose();
    }

    public async Task<IConnection> ConnectAsync() =>
        await new ConnectionFactory { Uri = new Uri(Address) }.CreateConnectionAsync();

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(In("pid")) && shell is { HasExited: false })
            await KillAsync();
        using var end = Start("epmd", "-kill");
        await end.WaitForExitAsync();
        folder.Delete(recursive: true);
    }

    private string In(string file) => System.IO.Path.Combine(folder.FullName, file);

    private Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, WorkingDirectory = "/" };
        foreach (var (name, value) in new Dictionary<string, string>
        {
            ["HOME"] = folder.FullName,
            ["RABBITMQ_NODENAME"] = $"shop{port}@localhost",
            ["RABBITMQ_MNESIA_BASE"] = In("data"),
            ["RABBITMQ_LOG_BASE"] = In("log"),
            ["RABBITMQ_CONFIG_FILE"] = In("rabbitmq"),
            ["RABBITMQ_ENABLED_PLUGINS_FILE"] = In("plugins"),
            ["RABBITMQ_CONF_ENV_FILE"] = "/dev/null",
            ["RABBITMQ_PID_FILE"] = In("pid"),
            ["RABBITMQ_DIST_PORT"] = distribution.ToString(CultureInfo.InvariantCulture),
            ["ERL_EPMD_PORT"] = mapper.ToString(CultureInfo.InvariantCulture),
            ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
        })
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            await using var connection = await ConnectAsync();
            return true;
        }
        catch (BrokerUnreachableException)
        {
            await Task.Delay(50);
            return false;
        }
    }
}
