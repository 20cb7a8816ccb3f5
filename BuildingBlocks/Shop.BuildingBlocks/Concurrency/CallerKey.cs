using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Http;
using Shop.BuildingBlocks.Http;

namespace Shop.BuildingBlocks.Concurrency;

/// <summary>
/// The flow of a request in a fair queue: its user, or without one its network's site. A /64 as a flow would give an
/// IPv6 site 65,536 of them.
/// </summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct CallerKey
{
    private CallerKey(long? userId, ClientNetwork site)
    {
        UserId = userId;
        Site = site;
    }

    public long? UserId { get; }

    public ClientNetwork Site { get; }

    public static CallerKey Of(HttpContext http) =>
        IsSignedIn(http) ? OfUser(Caller.Of(http.User).UserId) : OfNetwork(ClientNetwork.Of(http));

    public static CallerKey OfUser(long userId) => new(userId, default);

    public static CallerKey OfNetwork(ClientNetwork network) => new(null, network.Site);

    public static bool IsSignedIn(HttpContext http) => http.User.Identity?.IsAuthenticated == true;

    /// <summary>Lets an endpoint take the key of its caller as a parameter.</summary>
    public static ValueTask<CallerKey> BindAsync(HttpContext http) => ValueTask.FromResult(Of(http));
}
