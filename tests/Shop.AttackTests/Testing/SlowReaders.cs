using System.Net;
using System.Net.Sockets;
using System.Text;
using Shop.HostProcesses;

namespace Shop.AttackTests.Testing;

/// <summary>Connections that ask for a large answer and read 300 bytes a second of it each.</summary>
internal sealed class SlowReaders(Uri host, string path) : IDisposable
{
    private const int BytesPerTick = 30;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    private static readonly byte[] Success = Encoding.ASCII.GetBytes("HTTP/1.1 200");

    private readonly List<Socket> connections = [];

    /// <summary>Connections whose answer began with 200.</summary>
    public int Answered { get; private set; }

    /// <summary>Connections that still had something to read at the end.</summary>
    public int Unread { get; private set; }

    public long Received { get; private set; }

    public async Task RunAsync(IReadOnlyList<IPAddress> networks, CancellationToken ct)
    {
        var request = Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: shop\r\n\r\n");
        foreach (var network in networks)
        {
            var connection = await Network.ConnectAsync(host, network, CancellationToken.None, smallBuffers: true);
            connections.Add(connection);
            await connection.SendAsync(request, SocketFlags.None, CancellationToken.None);
        }

        var begun = new HashSet<Socket>();
        var open = connections.ToList();
        using var timer = new PeriodicTimer(Tick);
        while (!ct.IsCancellationRequested)
        {
            open.RemoveAll(connection => !Read(connection, begun));
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }

        Unread = open.Count(begun.Contains);
    }

    public void Dispose() => connections.ForEach(connection => connection.Dispose());

    public override string ToString() =>
        $"{connections.Count} connections, {Answered} answered 200, {Received} bytes read, {Unread} unread at the end";

    private bool Read(Socket connection, HashSet<Socket> begun)
    {
        if (!connection.Poll(TimeSpan.Zero, SelectMode.SelectRead))
            return true;
        try
        {
            var bytes = new byte[BytesPerTick];
            var read = connection.Receive(bytes);
            Received += read;
            if (read > 0 && begun.Add(connection) && bytes.AsSpan().StartsWith(Success))
                Answered++;
            return read > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
