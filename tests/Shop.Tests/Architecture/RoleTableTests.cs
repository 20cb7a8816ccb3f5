using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Http;
using Shop.Identity.ApiKeys;
using Shop.Identity.Users;
using Xunit;

namespace Shop.Tests.Architecture;

/// <summary>The table of roles in <c>docs/security.md</c> is that of the code. SHOP_DRAW=1 draws it again.</summary>
public sealed class RoleTableTests
{
    private const string Begin = "<!-- Drawn from the code by RoleTableTests. -->\n";
    private const string End = "<!-- Until here. -->";

    private static readonly string Document = Path.Combine(Solution.Root, "docs", "security.md");

    [Fact]
    public void The_table_is_that_of_the_code()
    {
        var text = File.ReadAllText(Document).ReplaceLineEndings("\n");
        var begin = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var drawn = text[..begin] + Draw() + text[text.IndexOf(End, begin, StringComparison.Ordinal)..];
        if (Environment.GetEnvironmentVariable("SHOP_DRAW") == "1")
            File.WriteAllText(Document, drawn);
        else
            Assert.True(
                text == drawn,
                "The table in docs/security.md is stale. Run this test with SHOP_DRAW=1 in the environment. "
                    + $"It should be:\n{Draw()}");
    }

    [Fact]
    public void Every_permission_has_a_name_and_an_administrator_has_them_all()
    {
        Assert.Equal(14, PermissionNames.All.Distinct().Count());
        Assert.Equal(Enum.GetValues<Permissions>().Aggregate((all, one) => all | one), PermissionNames.Everything);
        Assert.Equal(PermissionNames.All, PermissionNames.Of(Roles.PermissionsOf(Role.Admin)));
        Assert.Equal(
            Roles.PermissionsOf(Role.Support),
            PermissionNames.Read(PermissionNames.Of(Roles.PermissionsOf(Role.Support))));
    }

    private static string Draw() => "| role | permissions |\n|---|---|\n" + string.Concat(
        Enum.GetValues<Role>().Select(role => $"| {EnumNames.Of(role)} | {ListOf(Roles.PermissionsOf(role))} |\n"))
        + $"| API key of a storefront | {ListOf(PermissionNames.Read(CreateApiKeyRequest.OfStorefront))} |\n"
        + "| another API key | those that it was given, a part of its maker's |\n";

    private static string ListOf(Permissions permissions) => permissions switch
    {
        Permissions.None => "none",
        _ when permissions == PermissionNames.Everything => "all",
        _ => string.Join(", ", PermissionNames.Of(permissions).Select(name => $"`{name}`")),
    };
}
