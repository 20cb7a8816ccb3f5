using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Shop.HostProcesses;

/// <summary>Slow POST: connections that send a body of 60 KB at 300 bytes a second each, without an account.</summary>
public sealed class SlowBodies(Uri host) : IDisposable
{
    /// <summary>Of each connection.</summary>
    public const int BytesPerSecond = 300;

    private const int BodyLength = 60_000;
    private const int BytesPerTick = BytesPerSecond / 10;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);
    // Blanks before a JSON document are valid: nothing is wrong with the body but its pace.
    private static readonly byte[] Blanks = [.. Enumerable.Repeat((byte)' ', BytesPerTick)];

    private static readonly byte[] Head = Encoding.ASCII.GetBytes(
        "POST /api/v1/users HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n"
        + $"Content-Length: {BodyLength}\r\n\r\n");

    private readonly Dictionary<int, int> answers = [];
    private readonly List<(Socket Connection, IPAddress Network)> open = [];

    /// <summary>Connections that were opened, again where one had been answered.</summary>
    public int Opened { get; private set; }

    /// <summary>Body bytes that were sent, over all connections.</summary>
    public long Sent { get; private set; }

    /// <summary>Status codes of the answers, and 0 for each connection that was closed without one.</summary>
    public IReadOnlyDictionary<int, int> Answers => answers;

    /// <summary>Sends until the token ends; for each connection that is answered another one is opened.</summary>
    /// <param name="networks">Where the connections come from, one for each.</param>
    public async Task RunAsync(IEnumerable<IPAddress> networks, CancellationToken ct)
    {
        foreach (var network in networks)
            await OpenAsync(network);

        using var timer = new PeriodicTimer(Tick);
        while (!ct.IsCancellationRequested)
        {
            var over = open.FindAll(one => !Continue(one.Connection));
            open.RemoveAll(over.Contains);
            foreach (var (_, network) in over)
                await OpenAsync(network);
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    public void Dispose() => open.ForEach(one => one.Connection.Dispose());

    public override string ToString()
    {
        var counts = string.Join(", ", answers.Select(answer => $"{answer.Value} × {answer.Key}"));
        return $"{Opened} connections, {Sent} bytes of bodies, answers {counts}";
    }

    private async Task OpenAsync(IPAddress network)
    {
        var connection = await Network.ConnectAsync(host, network, CancellationToken.None);
        open.Add((connection, network));
        Opened++;
        await connection.SendAsync(Head, SocketFlags.None, CancellationToken.None);
    }

    /// <returns>False where the connection has been answered or closed.</returns>
    private bool Continue(Socket connection)
    {
        try
        {
            if (!connection.Poll(TimeSpan.Zero, SelectMode.SelectRead))
            {
                Sent += connection.Send(Blanks);
                return true;
            }

            Count(StatusOf(connection));
        }
        catch (SocketException)
        {
            Count(0);
        }

        connection.Dispose();
        return false;
    }

    private static int StatusOf(Socket connection)
    {
        // HTTP/1.1 408 …
        var line = new byte[12];
        var read = connection.Receive(line);
        var isStatus = int.TryParse(line.AsSpan(9), CultureInfo.InvariantCulture, out var status);
        return read == line.Length && isStatus ? status : 0;
    }

    private void Count(int status) => answers[status] = answers.GetValueOrDefault(status) + 1;
}
