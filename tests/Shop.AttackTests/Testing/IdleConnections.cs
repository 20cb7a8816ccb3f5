using System.Net.Sockets;
using Shop.HostProcesses;

namespace Shop.AttackTests.Testing;

/// <summary>Connections that are opened and say nothing.</summary>
internal sealed class IdleConnections(Uri host) : IDisposable
{
    private readonly List<Socket> connections = [];

    public int Attempts { get; private set; }

    /// <summary>Connections that the kernel accepted; the host may have closed them since.</summary>
    public int Opened => connections.Count;

    /// <summary>Connections that the host has closed neither gracefully nor by a reset.</summary>
    public int Held => connections.Count(connection => !connection.Poll(TimeSpan.Zero, SelectMode.SelectRead));

    /// <summary>Opens the connections, and keeps them until the token ends.</summary>
    public async Task RunAsync(int count, int networks, CancellationToken ct)
    {
        for (; Attempts < count; Attempts++)
        {
            try
            {
                var network = Network.Number(Attempts % networks);
                connections.Add(await Network.ConnectAsync(host, network, CancellationToken.None));
            }
            catch (SocketException)
            {
                // Refused: there are too many.
            }
        }

        var over = new TaskCompletionSource();
        await using var registration = ct.UnsafeRegister(_ => over.SetResult(), null);
        await over.Task;
    }

    public void Dispose() => connections.ForEach(connection => connection.Dispose());

    public override string ToString() => $"{Attempts} attempts, {Opened} opened, {Held} held";
}
