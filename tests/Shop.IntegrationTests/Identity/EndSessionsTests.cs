using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

public sealed class EndSessionsTests : IdentityTest
{
    [Fact]
    public async Task Every_session_of_the_user_ends_and_nobody_elses()
    {
        var (customer, other) = (await SignUpAsync(), await SignUpAsync());
        Session[] sessions = [await OpenSessionAsync(customer.Email), await OpenSessionAsync(customer.Email)];
        var bystander = await OpenSessionAsync(other.Email);
        var path = $"/users/{customer.UserId}/sessions";

        (await other.Client.DeleteAsync(path)).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await Anonymous.DeleteAsync(path)).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
        (await sessions[0].Client(Shop).DeleteAsync(path)).Expect(HttpStatusCode.NoContent);

        foreach (var session in sessions)
            (await session.RefreshAsync(Shop)).ExpectProblem(
                HttpStatusCode.Unauthorized, "identity.invalid_credentials");
        Session.Of(await bystander.RefreshAsync(Shop));
        Session.Of(await (await OpenSessionAsync(customer.Email)).RefreshAsync(Shop));
    }

    [Fact]
    public async Task An_administrator_ends_a_users_sessions()
    {
        var customer = await SignUpAsync();
        var session = await OpenSessionAsync(customer.Email);
        (await Admin.DeleteAsync($"/users/{customer.UserId}/sessions")).Expect(HttpStatusCode.NoContent);
        (await session.RefreshAsync(Shop)).ExpectProblem(HttpStatusCode.Unauthorized, "identity.invalid_credentials");
        (await Admin.DeleteAsync("/users/999999/sessions")).ExpectProblem(
            HttpStatusCode.NotFound, "wallet.user_not_found");
    }

    [Fact]
    public async Task Ending_all_while_they_are_refreshed_leaves_none()
    {
        var customer = await SignUpAsync();
        var sessions = new List<Session>();
        for (var i = 0; i < 5; i++)
            sessions.Add(await OpenSessionAsync(customer.Email));

        var path = $"/users/{customer.UserId}/sessions";
        var refreshes = sessions.ConvertAll(session => session.RefreshAsync(Shop));
        await Task.WhenAll(customer.Client.DeleteAsync(path), customer.Client.DeleteAsync(path));
        foreach (var refreshed in await Task.WhenAll(refreshes))
        {
            var last = refreshed.Status == HttpStatusCode.OK
                ? await Session.Of(refreshed).RefreshAsync(Shop)
                : refreshed;
            last.ExpectProblem(HttpStatusCode.Unauthorized, "identity.invalid_credentials");
        }
    }
}
