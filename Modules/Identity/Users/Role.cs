using System.Collections.Frozen;

namespace Shop.Identity.Users;

/// <summary>A user's role: a set of permissions.</summary>
internal enum Role
{
    Customer,
    Support,
    CatalogManager,
    Marketer,
    Finance,
    Operator,
    Admin,
}

/// <summary>The one table of roles and permissions.</summary>
internal static class Roles
{
    private static readonly FrozenDictionary<Role, Permissions> Table = new Dictionary<Role, Permissions>
    {
        [Role.Customer] = Permissions.None,
        [Role.Support] =
            Permissions.UsersRead | Permissions.UsersActFor | Permissions.OrdersRead | Permissions.OrdersRefund,
        [Role.CatalogManager] = Permissions.CatalogWrite | Permissions.OrdersRead,
        [Role.Marketer] = Permissions.CouponsWrite | Permissions.UsersRead,
        [Role.Finance] = Permissions.OrdersRead | Permissions.OrdersRefund | Permissions.WalletAdjust
            | Permissions.UsersRead | Permissions.ActivityRead,
        [Role.Operator] = Permissions.OperationsRead | Permissions.OperationsWrite | Permissions.ActivityRead
            | Permissions.OrdersRead | Permissions.OrdersFulfil,
        [Role.Admin] = PermissionNames.Everything,
    }.ToFrozenDictionary();

    public static Permissions PermissionsOf(Role role) => Table[role];

    /// <param name="role">As the database and the API have it: <c>CATALOG_MANAGER</c>.</param>
    public static Permissions PermissionsOf(string role) => PermissionsOf(EnumNames.Read<Role>(role));
}
