using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Shop.Identity.Sessions;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

public sealed class SignOutTests : IdentityTest
{
    [Fact]
    public async Task Signing_out_ends_the_refresh_tokens_of_this_sign_in_alone()
    {
        var email = (await SignUpAsync()).Email;
        var phone = await OpenSessionAsync(email);
        var laptop = await OpenSessionAsync(email);
        var renewed = Session.Of(await phone.RefreshAsync(Shop));

        // By any of its access tokens, and once more for good measure.
        (await renewed.Client(Shop).DeleteAsync("/sessions/current")).Expect(HttpStatusCode.NoContent);
        (await phone.Client(Shop).DeleteAsync("/sessions/current")).Expect(HttpStatusCode.NoContent);

        foreach (var ended in (Session[])[phone, renewed])
            (await ended.RefreshAsync(Shop)).ExpectProblem(HttpStatusCode.Unauthorized, "identity.invalid_credentials");
        Session.Of(await laptop.RefreshAsync(Shop));
        (await laptop.ReadAccountAsync(Shop)).Expect(HttpStatusCode.OK);
        (await Anonymous.DeleteAsync("/sessions/current")).ExpectProblem(
            HttpStatusCode.Unauthorized, "auth.unauthenticated");
    }
}
