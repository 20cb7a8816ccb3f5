using Shop.BuildingBlocks.Http;

namespace Shop.IntegrationTests.Testing;

/// <summary>Callers of commands that a test sends without HTTP, in a shop whose users are customers.</summary>
internal static class TestCallers
{
    private static readonly IUserPermissions Customers = new NoPermissions();

    public static Caller Administrator { get; } = Caller.OfUser(0, PermissionNames.Everything, Customers);

    public static Caller Customer(long userId) => Caller.OfUser(userId, Permissions.None, Customers);

    private sealed class NoPermissions : IUserPermissions
    {
        public Permissions Of(long userId) => Permissions.None;
    }
}
