using System.Net;
using Shop.Identity.External;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

/// <summary>Which tokens of an identity provider are good.</summary>
public sealed class ExternalTokenTests : ExternalIdentityTest
{
    private static long Now => DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    [Fact]
    public async Task What_the_provider_did_not_sign_for_the_shop_is_refused()
    {
        (await MeAsync(Issuer.Token("good"))).Expect(HttpStatusCode.OK);
        var good = Issuer.Token("good").Split('.');
        string[] bad =
        [
            Issuer.UnsignedToken("good"),
            .. Issuer.TokensWithMacs("good"),
            // Another key by the name of the provider's.
            Issuer.TokenOfKey(new SigningKey(Issuer.Key.Id), "good"),
            Issuer.Token("good", ("aud", "another-api")),
            Issuer.Token("good", ("aud", null)),
            Issuer.Token("good", ("iss", "https://elsewhere.example.com")),
            Issuer.Token("good", ("exp", Now - 60)),
            Issuer.Token("good", ("exp", null)),
            Issuer.Token("good", ("nbf", Now + 120)),
            Issuer.Token("good", ("iat", null)),
            Issuer.Token("good", ("iat", Now + 120)),
            Issuer.Token("good", ("iat", Now - 86_400 - 60), ("exp", Now + 600)),
            Issuer.Token("good", ("iat", "yesterday")),
            Issuer.Token("good", ("exp", 1e300)),
            Issuer.Token("good", ("sub", null)),
            Issuer.Token("good", ("sub", "")),
            Issuer.Token("good", ("sub", "a\0b")),
            Issuer.Token("good", ("sub", new string('s', 256))),
            Issuer.Token("good", ("padding", new string('p', 6_000))),
            $"{good[0]}.{good[1]}.",
            $"{good[0]}.{good[1]}",
            $"{good[0]}.{good[1]}.{good[2]}.{good[2]}.{good[2]}",
            "..", "a.b.c", ".", "e30.e30.",
        ];
        foreach (var token in bad)
            (await MeAsync(token)).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
        Assert.Equal(1, await Shop.QueryAsync<long>("select count(*) from identity.external_identities"));
    }

    [Fact]
    public async Task Clocks_may_differ_by_half_a_minute()
    {
        (await MeAsync(Issuer.Token("early", ("iat", Now + 20), ("nbf", Now + 20)))).Expect(HttpStatusCode.OK);
        (await MeAsync(Issuer.Token("late", ("exp", Now - 20)))).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_token_that_was_read_expires_all_the_same()
    {
        var token = Issuer.Token("short", ("exp", Now + 5));
        (await MeAsync(token)).Expect(HttpStatusCode.OK);
        Shop.Clock.Advance(TimeSpan.FromSeconds(50));
        (await MeAsync(token)).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
    }

    [Fact]
    public async Task A_new_key_is_read_when_its_first_token_comes_and_unknown_ones_are_read_rarely()
    {
        (await MeAsync(Issuer.Token("before"))).Expect(HttpStatusCode.OK);
        Issuer.RotateKey("second");
        Shop.Clock.Advance(TimeSpan.FromSeconds(11));
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => MeAsync(Issuer.Token($"after-{i}"))));
        foreach (var answer in answers)
            answer.Expect(HttpStatusCode.OK);
        Assert.Equal(2, Issuer.Reads);

        for (var i = 0; i < 5; i++)
            (await MeAsync(Issuer.TokenOfKey(new SigningKey($"unknown-{i}"), "before"))).ExpectProblem(
                HttpStatusCode.Unauthorized, "auth.unauthenticated");
        Assert.Equal(2, Issuer.Reads);
    }

    [Fact]
    public async Task A_provider_that_is_down_holds_up_its_own_tokens_alone()
    {
        Issuer.IsDown = true;
        var token = Issuer.Token("waiting");
        (await MeAsync(token)).ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        (await Shop.Client(token).GetAsync("/products")).Expect(HttpStatusCode.OK);
        (await (await SignUpAsync()).GetAsync("/users/me")).Expect(HttpStatusCode.OK);

        Issuer.IsDown = false;
        Shop.Clock.Advance(TimeSpan.FromSeconds(2));
        (await MeAsync(token)).Expect(HttpStatusCode.OK);

        // Its keys are known for a day.
        Issuer.IsDown = true;
        Shop.Clock.Advance(TimeSpan.FromMinutes(5));
        (await MeAsync(token)).Expect(HttpStatusCode.OK);
        Shop.Clock.Advance(ProviderConfiguration.MaximumAge);
        (await MeAsync(Issuer.Token("waiting", ("iat", Now + 86_700), ("exp", Now + 87_000)))).ExpectProblem(
            HttpStatusCode.ServiceUnavailable, "unavailable");
    }

    [Fact]
    public async Task Without_a_provider_its_tokens_are_none()
    {
        await using var alone = await ShopHost.StartAsync(Shop.ConnectionString);
        (await alone.Client(Issuer.Token("nobody")).GetAsync("/users/me")).ExpectProblem(
            HttpStatusCode.Unauthorized, "auth.unauthenticated");
    }
}
