using System.Net;
using System.Net.Sockets;

namespace Shop.HostProcesses;

/// <summary>Connections from a chosen address in 127.0.0.0/8: to the shop each is a network of clients.</summary>
public static class Network
{
    private const int Tcp = 6;
    private const int MaximumSegmentOption = 2;
    private const int SmallSegment = 536;
    private const int SmallBuffer = 4 * 1024;

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    /// <summary>The n-th of 65,000 addresses that no other client uses.</summary>
    public static IPAddress Number(int n) => new([127, 1, (byte)(n / 250), (byte)(1 + n % 250)]);

    /// <param name="smallBuffers">
    /// Whether the kernels at both ends keep little of an answer: with the large segments of the loopback they would
    /// take a megabyte.
    /// </param>
    /// <exception cref="SocketException">It was refused, or not accepted in time.</exception>
    public static async Task<Socket> ConnectAsync(
        Uri host, IPAddress from, CancellationToken ct, bool smallBuffers = false)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (smallBuffers)
            {
                socket.ReceiveBufferSize = SmallBuffer;
                socket.SetRawSocketOption(Tcp, MaximumSegmentOption, BitConverter.GetBytes(SmallSegment));
            }

            socket.Bind(new IPEndPoint(from, 0));
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(ct);
            timeout.CancelAfter(ConnectTimeout);
            await socket.ConnectAsync(IPAddress.Parse(host.Host), host.Port, timeout.Token);
            return socket;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            socket.Dispose();
            throw new SocketException((int)SocketError.TimedOut);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A client whose connections all come from one address.</summary>
    public static HttpClient Client(Uri host, IPAddress from) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, ct) => new NetworkStream(await ConnectAsync(host, from, ct), ownsSocket: true),
    })
    {
        BaseAddress = host,
        Timeout = TimeSpan.FromSeconds(60),
    };
}
