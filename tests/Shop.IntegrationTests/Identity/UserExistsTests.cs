using Shop.BuildingBlocks.Http;
using Shop.Identity.Contracts;
using Shop.Identity.Users;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

public sealed class UserExistsTests : ShopTest
{
    [Fact]
    public async Task An_account_exists_also_when_it_is_disabled()
    {
        var customer = await SignUpAsync();
        Assert.True(await SendAsync(new UserExists(customer.UserId)));
        await SendAsync(new ChangeUser(customer.UserId, Role: null, UserStatus.Disabled, PermissionNames.Everything));
        Assert.True(await SendAsync(new UserExists(customer.UserId)));
        Assert.False(await SendAsync(new UserExists(customer.UserId + 1)));
    }
}
