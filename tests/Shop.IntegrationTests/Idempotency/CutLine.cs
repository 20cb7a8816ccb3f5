using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace Shop.IntegrationTests.Idempotency;

/// <summary>
/// A line to PostgreSQL that breaks once, at the worst moment: the client's message with a given text arrives and is
/// worked on, its answer is lost.
/// </summary>
internal sealed class CutLine : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly string server;
    private readonly int serverPort;
    private readonly byte[] cutAt;
    private readonly Task accepting;
    private int cuts;

    public CutLine(string connectionString, string cutAt)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        (server, serverPort) = (settings.Host!, settings.Port);
        this.cutAt = Encoding.UTF8.GetBytes(cutAt);
        listener.Start();
        (settings.Host, settings.Port) = ("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port);
        ConnectionString = settings.ConnectionString;
        accepting = AcceptAsync();
    }

    public string ConnectionString { get; }

    /// <summary>How often it broke: 0 or 1.</summary>
    public int Cuts => Volatile.Read(ref cuts);

    public async ValueTask DisposeAsync()
    {
        listener.Stop();
        await accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = CarryAsync(await listener.AcceptTcpClientAsync());
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task CarryAsync(TcpClient client)
    {
        using var database = new TcpClient();
        using (client)
        {
            await database.ConnectAsync(server, serverPort);
            var (near, far) = (client.GetStream(), database.GetStream());
            using var answers = new CancellationTokenSource();
            var back = CopyAsync(far, near, answers.Token);
            var buffer = new byte[64 * 1024];
            int read;
            while ((read = await ReadAsync(near, buffer)) > 0)
            {
                var message = buffer.AsMemory(0, read);
                if (message.Span.IndexOf(cutAt) >= 0 && Interlocked.CompareExchange(ref cuts, 1, 0) == 0)
                {
                    await answers.CancelAsync();
                    await back;
                    await far.WriteAsync(message);
                    // The answer shows that the message was worked on; the client does not see it.
                    await ReadAsync(far, buffer);
                    return;
                }

                await far.WriteAsync(message);
            }
        }
    }

    private static async Task CopyAsync(NetworkStream from, NetworkStream to, CancellationToken ct)
    {
        try
        {
            await from.CopyToAsync(to, ct);
        }
        catch (Exception ended) when (ended is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // One of the two ends closed, or the line is cut.
        }
    }

    private static async Task<int> ReadAsync(NetworkStream from, byte[] buffer)
    {
        try
        {
            return await from.ReadAsync(buffer);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
