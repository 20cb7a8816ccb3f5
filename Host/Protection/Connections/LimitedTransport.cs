using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Shop.Host.Protection.Connections;

/// <summary>
/// Kestrel's socket transport with the connection limits at the accept: a connection over one is closed before the next
/// is accepted. Limits further in, Kestrel's own among them, run as queued work, so a burst could use up the process's
/// files first.
/// </summary>
internal sealed class LimitedTransport(SocketTransportFactory sockets, ConnectionLimiter limiter)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    public bool CanBind(EndPoint endpoint) => sockets.CanBind(endpoint);

    public async ValueTask<IConnectionListener> BindAsync(
        EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new Listener(await sockets.BindAsync(endpoint, cancellationToken), limiter);

    private sealed class Listener(IConnectionListener listener, ConnectionLimiter limiter) : IConnectionListener
    {
        public EndPoint EndPoint => listener.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (await listener.AcceptAsync(cancellationToken) is { } connection)
            {
                if (limiter.TryOpen(connection.RemoteEndPoint))
                    return new CountedConnection(connection, limiter);
                connection.Abort();
                await connection.DisposeAsync();
            }

            return null;
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) =>
            listener.UnbindAsync(cancellationToken);

        public ValueTask DisposeAsync() => listener.DisposeAsync();
    }
}

internal static class ConnectionLimits
{
    public static void AddConnectionLimits(this IServiceCollection services)
    {
        services.AddSingleton<ConnectionLimiter>();
        services.AddSingleton<SocketTransportFactory>();
        services.Replace(ServiceDescriptor.Singleton<IConnectionListenerFactory, LimitedTransport>());
    }
}
