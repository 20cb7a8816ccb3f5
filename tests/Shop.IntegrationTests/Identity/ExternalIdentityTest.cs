using Shop.IntegrationTests.Testing;

namespace Shop.IntegrationTests.Identity;

/// <summary>A test with a host that takes the tokens of a <see cref="TestIssuer"/>.</summary>
public abstract class ExternalIdentityTest : IdentityTest
{
    private protected TestIssuer Issuer { get; private set; } = null!;

    private protected override async Task<ShopHost> StartAsync()
    {
        Issuer = await TestIssuer.StartAsync();
        return await ShopHost.StartAsync(Settings);
    }

    private protected Task<ShopHost> StartAnotherAsync() => ShopHost.StartAsync(Shop.ConnectionString, Settings);

    private protected Task<Answer> MeAsync(string token) => Shop.Client(token).GetAsync("/users/me");

    private protected override async Task StopAsync()
    {
        await base.StopAsync();
        await Issuer.DisposeAsync();
    }

    private Dictionary<string, string> Settings => new()
    {
        ["Identity:External:Authority"] = Issuer.Address,
        ["Identity:External:Audience"] = TestIssuer.Audience,
        ["Identity:External:RoleClaim"] = "shop_roles",
    };
}
