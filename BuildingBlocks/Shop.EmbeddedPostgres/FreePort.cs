using System.Net;
using System.Net.Sockets;

namespace Shop.EmbeddedPostgres;

public static class FreePort
{
    /// <summary>
    /// The preferred port if it is free, else any. It can be taken before the server listens; the start then tries
    /// again.
    /// </summary>
    public static int Pick(int? preferred = null) => preferred is { } port && IsFree(port) ? port : Any();

    private static int Any()
    {
        using var listener = new TcpListener(IPAddress.Loopback, port: 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException taken)
            when (taken.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
        {
            return false;
        }
    }
}
