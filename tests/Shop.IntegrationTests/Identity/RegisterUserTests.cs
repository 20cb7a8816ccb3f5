using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

public sealed class RegisterUserTests : IdentityTest
{
    [Fact]
    public async Task Whoever_registers_has_an_account_and_an_empty_wallet()
    {
        var created = (await RegisterAsync("Kim.Minsu@Example.COM", name: "김민수")).Expect(HttpStatusCode.Created);
        var userId = created["userId"].GetInt64();

        Assert.Equal($"/api/v1/users/{userId}", created.Headers.Location!.OriginalString);
        Assert.Equal(["userId", "email", "name"], created.Body.EnumerateObject().Select(member => member.Name));
        Assert.Equal("Kim.Minsu@Example.COM", created["email"].GetString());
        Assert.Equal("김민수", created["name"].GetString());

        var client = Shop.Client(await SignInAsync("Kim.Minsu@Example.COM", Password));
        var user = (await client.GetAsync($"/users/{userId}")).Expect(HttpStatusCode.OK);
        Assert.Equal("Kim.Minsu@Example.COM", user["email"].GetString());
        Assert.Equal(
            0, (await client.GetAsync($"/users/{userId}/balance")).Expect(HttpStatusCode.OK)["balance"].GetInt64());
    }

    [Fact]
    public async Task Where_registration_is_closed_an_administrator_makes_the_accounts()
    {
        var closed = new Dictionary<string, string> { ["Identity:Registration"] = "CLOSED" };
        await using var host = await ShopHost.StartAsync(Shop.ConnectionString, closed);

        (await host.Client().PostAsync("/users", new { email = "a@example.com", password = Password, name = "A" }))
            .ExpectProblem(HttpStatusCode.Forbidden, "identity.registration_closed");
        (await CreateUserAsync(host.Client(Admin.AccessToken), "a@example.com")).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task An_email_is_taken_whatever_its_case()
    {
        (await RegisterAsync("Minsu@example.com")).Expect(HttpStatusCode.Created);
        foreach (var email in (string[])["Minsu@example.com", "minsu@example.com", "MINSU@EXAMPLE.COM"])
            (await RegisterAsync(email, "another password")).ExpectProblem(
                HttpStatusCode.Conflict, "identity.email_taken");

        // The first password stands.
        await SignInAsync("minsu@example.com", Password);
        Assert.Equal(1, await Shop.QueryAsync<long>("select count(*) from identity.users where role = 'CUSTOMER'"));
    }

    [Fact]
    public async Task Of_thirty_registrations_at_once_with_one_email_one_succeeds()
    {
        string[] spellings = ["race@example.com", "RACE@example.com"];
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 30).Select(i => RegisterAsync(spellings[i % 2], $"password {i:00}")));

        var winner = Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);
        foreach (var loser in answers.Where(answer => answer != winner))
            loser.ExpectProblem(HttpStatusCode.Conflict, "identity.email_taken");
        await SignInAsync("race@example.com", $"password {Array.IndexOf(answers, winner):00}");
        Assert.Equal(
            winner["userId"].GetInt64(),
            await Shop.QueryAsync<long>("select user_id from identity.users where role = 'CUSTOMER'"));
        // The administrator has the other one.
        Assert.Equal(2, await Shop.QueryAsync<long>("select count(*) from wallet.wallets"));
        Assert.Equal(
            1, await Shop.QueryAsync<long>($"select count(*) from wallet.wallets where user_id = {winner["userId"]}"));
    }

    [Fact]
    public async Task A_password_has_eight_to_128_characters()
    {
        foreach (var password in (string[])["", new('x', 7), "🔑🔑🔑🔑", new('x', 129)])
            (await RegisterAsync("short@example.com", password)).ExpectInvalid("password");
        foreach (var (i, password) in ((string[])
        [
            new('本', 8), new('x', 128), string.Concat(Enumerable.Repeat("🔑", 128)), "        ",
        ]).Index())
        {
            (await RegisterAsync($"user{i}@example.com", password)).Expect(HttpStatusCode.Created);
            await SignInAsync($"user{i}@example.com", password);
        }
    }

    [Fact]
    public async Task One_of_the_most_common_passwords_is_refused()
    {
        foreach (var password in (string[])["password", "Football", "xxxxxxxx"])
        {
            var refused = await RegisterAsync("common@example.com", password);
            refused.ExpectInvalid("password");
            Assert.Contains("most common", refused.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_is_no_email_is_refused()
    {
        var local = new string('a', 242);
        string[] malformed =
        [
            "", " ", "x", "x@", "@x", "a@@b", "a b@c.d", "a@b .c", "a@b.c\0", "a@-b.c", "a@b..c", "민수@example.com",
        ];
        foreach (var email in (string[])[.. malformed, $"{local}a@example.com"])
            (await RegisterAsync(email)).ExpectInvalid("email");

        foreach (var email in (string[])["a@b", "o'neil+shop_1%@sub.example.com", $"{local}@example.com"])
            (await RegisterAsync(email)).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_name_has_one_to_100_characters_that_are_not_all_blank()
    {
        foreach (var name in (string[])["", "   ", "\u3000", "a\0b", new('n', 101)])
            (await RegisterAsync("name@example.com", name: name)).ExpectInvalid("name");

        (await RegisterAsync("one@example.com", name: "n")).Expect(HttpStatusCode.Created);
        (await RegisterAsync("hundred@example.com", name: string.Concat(Enumerable.Repeat("🙂", 100)))).Expect(
            HttpStatusCode.Created);
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_named_at_once()
    {
        var wrong = await RegisterAsync("x", "short", "");
        foreach (var field in (string[])["email", "password", "name"])
            wrong.ExpectInvalid(field);

        var missing = await Anonymous.PostAsync("/users", new { });
        foreach (var field in (string[])["email", "password", "name"])
            missing.ExpectInvalid(field);

        (await RegisterRawAsync("""{"email": "a@b.c", "password": null, "name": "n"}""")).ExpectInvalid("password");
        (await RegisterRawAsync(
            """{"email": ["a@b.c"], "password": "correct horse", "name": "n"}""")).ExpectInvalid("email");
        (await RegisterRawAsync(
            """{"email": "a@b.c", "password": "correct horse", "name": "\ud800"}""")).ExpectInvalid("name");
        Assert.Equal(0, await Shop.QueryAsync<long>("select count(*) from identity.users where role = 'CUSTOMER'"));
    }

    [Fact]
    public async Task Nobody_registers_as_an_administrator()
    {
        (await RegisterRawAsync(
            """
            {"email": "mallory@example.com", "password": "correct horse", "name": "M", "role": "ADMIN", "userId": 1}
            """))
            .Expect(HttpStatusCode.Created);
        var mallory = await OpenSessionAsync("mallory@example.com");
        Assert.Equal("CUSTOMER", (await mallory.ReadAccountAsync(Shop))["role"].GetString());
        (await mallory.Client(Shop).GetAsync("/admin/users")).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
    }

    private Task<Answer> RegisterRawAsync(string body) => Anonymous.SendRawAsync(HttpMethod.Post, "/users", body);
}
