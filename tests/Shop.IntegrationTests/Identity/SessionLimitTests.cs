using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

/// <summary>A host on which a user has three sessions at most.</summary>
public sealed class SessionLimitTests : IdentityTest
{
    private protected override Task<ShopHost> StartAsync() =>
        ShopHost.StartAsync(new Dictionary<string, string> { ["Identity:Tokens:MaximumSessions"] = "3" });

    [Fact]
    public async Task The_session_that_was_not_used_for_the_longest_time_ends_with_one_sign_in_too_many()
    {
        var (customer, other) = (await SignUpAsync(), await SignUpAsync());
        var ofOther = await OpenSessionAsync(other.Email);
        // Signing up has opened the first.
        var second = await OpenSessionAsync(customer.Email);
        var third = await OpenSessionAsync(customer.Email);
        Shop.Clock.Advance(TimeSpan.FromMinutes(1));
        second = Session.Of(await second.RefreshAsync(Shop));
        var fourth = await OpenSessionAsync(customer.Email);
        var fifth = await OpenSessionAsync(customer.Email);

        var ended = await third.RefreshAsync(Shop);
        ended.ExpectProblem(HttpStatusCode.Unauthorized, "identity.invalid_credentials");
        foreach (var session in (Session[])[second, fourth, fifth, ofOther])
            Session.Of(await session.RefreshAsync(Shop));
        Assert.Equal(3, await Shop.QueryAsync<long>(
            $"select count(*) from identity.sessions where user_id = {customer.UserId}"));
    }
}
