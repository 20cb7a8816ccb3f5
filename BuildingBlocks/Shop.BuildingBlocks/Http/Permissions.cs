using System.Collections.Frozen;

namespace Shop.BuildingBlocks.Http;

/// <summary>A set of permissions. A role or an API key has one; an endpoint names one of them.</summary>
[Flags]
public enum Permissions
{
    None = 0,
    UsersRead = 1 << 0,
    UsersWrite = 1 << 1,
    UsersRoles = 1 << 2,
    UsersActFor = 1 << 3,
    CatalogWrite = 1 << 4,
    CouponsWrite = 1 << 5,
    OrdersRead = 1 << 6,
    OrdersRefund = 1 << 7,
    OrdersFulfil = 1 << 8,
    WalletAdjust = 1 << 9,
    ApiKeysWrite = 1 << 10,
    ActivityRead = 1 << 11,
    OperationsRead = 1 << 12,
    OperationsWrite = 1 << 13,
}

public static class PermissionSets
{
    /// <summary>The detail of a 403 where a user holds more permissions than the caller.</summary>
    public const string UserHoldsMore = "This user holds a permission that you lack.";

    /// <summary>Whether each permission that is held is among these.</summary>
    public static bool Cover(this Permissions permissions, Permissions held) =>
        (held & ~permissions) == Permissions.None;

    /// <summary>Guards changes and reads of an account or key that holds permissions.</summary>
    /// <exception cref="ErrorException">403 <c>auth.forbidden</c>.</exception>
    public static void MustCover(this Permissions permissions, Permissions held, string detail = UserHoldsMore)
    {
        if (!permissions.Cover(held))
            throw new ErrorException(HttpErrors.Forbidden.Of(detail));
    }
}

/// <summary>Permissions as the API and the database write them: <c>users:act-for</c>.</summary>
public static class PermissionNames
{
    private static readonly (Permissions Permission, string Name)[] Table =
    [
        (Permissions.UsersRead, "users:read"),
        (Permissions.UsersWrite, "users:write"),
        (Permissions.UsersRoles, "users:roles"),
        (Permissions.UsersActFor, "users:act-for"),
        (Permissions.CatalogWrite, "catalog:write"),
        (Permissions.CouponsWrite, "coupons:write"),
        (Permissions.OrdersRead, "orders:read"),
        (Permissions.OrdersRefund, "orders:refund"),
        (Permissions.OrdersFulfil, "orders:fulfil"),
        (Permissions.WalletAdjust, "wallet:adjust"),
        (Permissions.ApiKeysWrite, "api-keys:write"),
        (Permissions.ActivityRead, "activity:read"),
        (Permissions.OperationsRead, "operations:read"),
        (Permissions.OperationsWrite, "operations:write"),
    ];

    private static readonly FrozenDictionary<string, Permissions> ByName =
        Table.ToFrozenDictionary(row => row.Name, row => row.Permission);

    /// <summary>Every name, in the order of the contract.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Table.Select(row => row.Name)];

    /// <summary>All permissions together.</summary>
    public static Permissions Everything { get; } = Table.Aggregate(
        Permissions.None, (all, row) => all | row.Permission);

    /// <summary>The names of a set, in the order of the contract.</summary>
    public static IReadOnlyList<string> Of(Permissions set) =>
        [.. Table.Where(row => set.HasFlag(row.Permission)).Select(row => row.Name)];

    /// <returns>False where the text is no permission's name.</returns>
    public static bool TryRead(string name, out Permissions permission) => ByName.TryGetValue(name, out permission);

    /// <summary>The set of these names; one that this build does not know is left out.</summary>
    public static Permissions Read(IEnumerable<string> names) => names.Aggregate(
        Permissions.None, (set, name) => set | ByName.GetValueOrDefault(name));
}
