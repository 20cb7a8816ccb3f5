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
    private CallerKey(long? userId, ClientNetwork site, bool isCustomer)
    {
        UserId = userId;
        Site = site;
        IsCustomer = isCustomer;
    }

    public long? UserId { get; }

    public ClientNetwork Site { get; }

    /// <summary>
    /// Whether the caller acts for itself alone. An administrator or a network may act for the customers of a whole
    /// storefront.
    /// </summary>
    public bool IsCustomer { get; }

    public static CallerKey Of(HttpContext http)
    {
        if (!IsSignedIn(http))
            return OfNetwork(ClientNetwork.Of(http));
        var caller = Caller.Of(http.User);
        return caller.IsAdmin ? OfAdministrator(caller.UserId) : OfUser(caller.UserId);
    }

    public static CallerKey OfUser(long userId) => new(userId, default, isCustomer: true);

    public static CallerKey OfAdministrator(long userId) => new(userId, default, isCustomer: false);

    public static CallerKey OfNetwork(ClientNetwork network) => new(null, network.Site, isCustomer: false);

    public static bool IsSignedIn(HttpContext http) => http.User.Identity?.IsAuthenticated == true;

    /// <summary>Lets an endpoint take the key of its caller as a parameter.</summary>
    public static ValueTask<CallerKey> BindAsync(HttpContext http) => ValueTask.FromResult(Of(http));
}
