using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

public sealed class EndSessionTests : IdentityTest
{
    [Fact]
    public async Task One_session_ends_and_the_others_go_on()
    {
        var email = (await SignUpAsync()).Email;
        var (phone, laptop) = (await OpenSessionAsync(email), await OpenSessionAsync(email));
        var path = await PathOfCurrentAsync(phone);

        (await laptop.Client(Shop).DeleteAsync(path)).Expect(HttpStatusCode.NoContent);

        (await phone.RefreshAsync(Shop)).ExpectProblem(HttpStatusCode.Unauthorized, "identity.invalid_credentials");
        Session.Of(await laptop.RefreshAsync(Shop));
        (await laptop.Client(Shop).DeleteAsync(path)).ExpectProblem(
            HttpStatusCode.NotFound, "identity.session_not_found");
    }

    [Fact]
    public async Task A_session_is_ended_by_its_user()
    {
        var (customer, other) = (await SignUpAsync(), await SignUpAsync());
        var session = await OpenSessionAsync(customer.Email);
        var path = await PathOfCurrentAsync(session);
        var id = path.Split('/')[^1];

        (await other.Client.DeleteAsync(path)).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await other.Client.DeleteAsync($"/users/{other.UserId}/sessions/{id}"))
            .ExpectProblem(HttpStatusCode.NotFound, "identity.session_not_found");
        (await Anonymous.DeleteAsync(path)).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
        (await customer.Client.DeleteAsync($"/users/{customer.UserId}/sessions/{Guid.CreateVersion7()}"))
            .ExpectProblem(HttpStatusCode.NotFound, "identity.session_not_found");
        (await customer.Client.DeleteAsync($"/users/{customer.UserId}/sessions/1"))
            .ExpectProblem(HttpStatusCode.NotFound, "not_found");
        (await Admin.DeleteAsync($"/users/{int.MaxValue}/sessions/{id}"))
            .ExpectProblem(HttpStatusCode.NotFound, "wallet.user_not_found");

        session = Session.Of(await session.RefreshAsync(Shop));
        (await Admin.DeleteAsync(path)).Expect(HttpStatusCode.NoContent);
        (await session.RefreshAsync(Shop)).ExpectProblem(HttpStatusCode.Unauthorized, "identity.invalid_credentials");
    }

    [Fact]
    public async Task A_session_that_ran_out_has_ended()
    {
        var customer = await SignUpAsync();
        var path = await PathOfCurrentAsync(await OpenSessionAsync(customer.Email));
        Shop.Clock.Advance(TimeSpan.FromDays(14));
        var client = (await OpenSessionAsync(customer.Email)).Client(Shop);
        (await client.DeleteAsync(path)).ExpectProblem(HttpStatusCode.NotFound, "identity.session_not_found");
    }

    private async Task<string> PathOfCurrentAsync(Session session)
    {
        var path = $"/users/{session.UserId}/sessions";
        var sessions = (await session.Client(Shop).GetAsync(path)).Expect(HttpStatusCode.OK)["items"].EnumerateArray();
        var current = sessions.Single(listed => listed.GetProperty("current").GetBoolean());
        return $"{path}/{current.GetProperty("sessionId").GetString()}";
    }
}
