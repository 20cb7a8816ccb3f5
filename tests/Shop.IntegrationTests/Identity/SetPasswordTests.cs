using System.Net;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Shop.Identity.Users;
using Shop.Messages;
using Xunit;

namespace Shop.IntegrationTests.Identity;

public sealed class SetPasswordTests : IdentityTest
{
    [Fact]
    public async Task The_old_password_and_every_session_end_with_it()
    {
        var customer = await SignUpAsync();
        var session = await OpenSessionAsync(customer.Email);
        var user = new User { Email = customer.Email, Name = "Customer", Role = User.CustomerRole };
        var hash = Shop.Services.GetRequiredService<IPasswordHasher<User>>().HashPassword(user, "battery staple");
        await SendAsync(new SetPassword(customer.UserId, hash));

        (await session.RefreshAsync(Shop)).ExpectProblem(HttpStatusCode.Unauthorized, "identity.invalid_credentials");
        (await TrySignInAsync(customer.Email)).ExpectProblem(
            HttpStatusCode.Unauthorized, "identity.invalid_credentials");
        await SignInAsync(customer.Email, "battery staple");
    }

    [Fact]
    public async Task An_account_that_is_not_there_is_refused() =>
        await Assert.ThrowsAsync<ErrorException>(() => SendAsync(new SetPassword(999_999, "hash")));
}
