using System.Net;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shop.Identity.Users;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

public sealed class RehashPasswordsTests : IdentityTest
{
    [Fact]
    public async Task A_hash_with_older_parameters_is_replaced_after_the_next_sign_in()
    {
        var customer = await SignUpAsync();
        Assert.Equal(0, await RunAsync());
        await MakeOldAsync(customer);
        var old = await HashAsync(customer);
        var session = await OpenSessionAsync(customer.Email);
        Assert.Equal(old, await HashAsync(customer));
        await FailToSignInAsync(customer.Email, 1);

        Assert.Equal(1, await RunAsync());
        Assert.NotEqual(old, await HashAsync(customer));
        await OpenSessionAsync(customer.Email);
        Assert.Equal(0, await RunAsync());
        Session.Of(await session.RefreshAsync(Shop));
    }

    [Fact]
    public async Task A_password_that_was_changed_meanwhile_stays()
    {
        var customer = await SignUpAsync();
        await MakeOldAsync(customer);
        await OpenSessionAsync(customer.Email);
        (await customer.Client.PutAsync(
            $"/users/{customer.UserId}/password", new { currentPassword = Password, newPassword = "battery staple" }))
            .Expect(HttpStatusCode.NoContent);
        await RunAsync();
        await SignInAsync(customer.Email, "battery staple");
    }

    private Task<int> RunAsync() =>
        Shop.Services.GetRequiredService<RehashPasswords>().RunOnceAsync(CancellationToken.None);

    private Task<string> HashAsync(Customer customer) =>
        Shop.QueryAsync<string>($"select password_hash from identity.users where user_id = {customer.UserId}");

    private Task MakeOldAsync(Customer customer)
    {
        var hasher = new PasswordHasher<User>(Options.Create(new PasswordHasherOptions { IterationCount = 10 }));
        var user = new User { Email = customer.Email, Name = "Customer", Role = User.CustomerRole };
        return Shop.ExecuteAsync(
            $"update identity.users set password_hash = '{hasher.HashPassword(user, Password)}' "
            + $"where user_id = {customer.UserId}");
    }
}
