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
    private CallerKey(long? number, ClientNetwork site, bool isCustomer)
    {
        Number = number;
        Site = site;
        IsCustomer = isCustomer;
    }

    /// <summary>As in <see cref="Caller.Number"/>; null for a network.</summary>
    public long? Number { get; }

    public ClientNetwork Site { get; }

    /// <summary>
    /// Whether the caller acts for itself alone. An API key, one who may act for others or a network may act for the
    /// customers of a whole storefront.
    /// </summary>
    public bool IsCustomer { get; }

    public static CallerKey Of(HttpContext http)
    {
        if (!IsSignedIn(http))
            return OfNetwork(ClientNetwork.Of(http));
        var caller = Caller.Of(http.User);
        var isCustomer = caller.Type == CallerType.User && !caller.Has(Permissions.UsersActFor);
        return isCustomer ? OfUser(caller.Number) : OfStorefront(caller.Number);
    }

    public static CallerKey OfUser(long userId) => new(userId, default, isCustomer: true);

    /// <summary>A caller that acts for many users.</summary>
    public static CallerKey OfStorefront(long number) => new(number, default, isCustomer: false);

    public static CallerKey OfNetwork(ClientNetwork network) => new(null, network.Site, isCustomer: false);

    public static bool IsSignedIn(HttpContext http) => http.User.Identity?.IsAuthenticated == true;

    /// <summary>Lets an endpoint take the key of its caller as a parameter.</summary>
    public static ValueTask<CallerKey> BindAsync(HttpContext http) => ValueTask.FromResult(Of(http));
}
