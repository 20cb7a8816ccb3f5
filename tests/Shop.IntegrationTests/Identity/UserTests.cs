using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

public sealed class UserTests : IdentityTest
{
    [Fact]
    public async Task An_account_is_read_by_its_owner_and_by_an_administrator()
    {
        var owner = await SignUpAsync();
        var other = await SignUpAsync();
        var path = $"/users/{owner.UserId}";
        var user = (await owner.GetAsync(path)).Expect(HttpStatusCode.OK);

        Assert.Equal(
            ["userId", "email", "name", "role", "status", "createdAt"],
            user.Body.EnumerateObject().Select(member => member.Name));
        Assert.Equal(owner.UserId, user["userId"].GetInt64());
        Assert.Equal(owner.Email, user["email"].GetString());
        Assert.Equal("Customer", user["name"].GetString());
        Assert.Equal("CUSTOMER", user["role"].GetString());
        Assert.Equal("ACTIVE", user["status"].GetString());
        Assert.EndsWith("Z", user["createdAt"].GetString(), StringComparison.Ordinal);
        Assert.InRange(Shop.Clock.GetUtcNow() - user["createdAt"].GetDateTimeOffset(), TimeSpan.Zero, TimeSpan.FromMinutes(1));

        Assert.Equal(user.Text, (await Admin.GetAsync(path)).Expect(HttpStatusCode.OK).Text);
        (await other.GetAsync(path)).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await other.GetAsync("/users/999999")).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await Anonymous.GetAsync(path)).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
        (await Admin.GetAsync("/users/999999")).ExpectProblem(HttpStatusCode.NotFound, "wallet.user_not_found");
        (await Admin.GetAsync("/users/x")).ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task An_administrator_makes_a_customer_whom_a_storefront_acts_for()
    {
        var created = (await CreateAsync(Admin, "Storefront@example.com")).Expect(HttpStatusCode.Created);
        var userId = created["userId"].GetInt64();
        Assert.Equal($"/api/v1/users/{userId}", created.Headers.Location!.OriginalString);
        Assert.Equal(["userId", "email", "name"], created.Body.EnumerateObject().Select(member => member.Name));

        Assert.Equal("CUSTOMER", (await Admin.GetAsync($"/users/{userId}")).Expect(HttpStatusCode.OK)["role"].GetString());
        var charged = (await Admin.PostAsync($"/users/{userId}/balance/charges", new { amount = 1_000 })).Expect(HttpStatusCode.OK);
        Assert.Equal(1_000, charged["balance"].GetInt64());
    }

    [Fact]
    public async Task Making_a_customer_has_the_rules_of_registration_and_is_for_administrators()
    {
        var customer = await SignUpAsync();
        (await CreateAsync(Admin, customer.Email.ToUpperInvariant())).ExpectProblem(HttpStatusCode.Conflict, "identity.email_taken");
        (await CreateAsync(Admin, "x")).ExpectInvalid("email");
        (await CreateAsync(Admin, "new@example.com", name: " ")).ExpectInvalid("name");
        (await CreateAsync(customer.Client, "new@example.com")).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await CreateAsync(Anonymous, "new@example.com")).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
        (await customer.GetAsync("/admin/users")).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await Anonymous.GetAsync("/admin/users")).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");

        // And what was refused here can still be registered, once.
        (await RegisterAsync("new@example.com")).Expect(HttpStatusCode.Created);
        (await CreateAsync(Admin, "new@example.com")).ExpectProblem(HttpStatusCode.Conflict, "identity.email_taken");
    }

    [Fact]
    public async Task Accounts_are_listed_newest_first_without_gaps()
    {
        var expected = new List<string> { "admin@shop.local" };
        for (var i = 0; i < 7; i++)
            expected.Insert(0, await CreatedAsync($"user{i}@example.com"));

        var listed = new List<JsonElement>();
        var pages = 0;
        string? cursor = null;
        do
        {
            var page = (await Admin.GetAsync($"/admin/users?limit=3{(cursor is null ? "" : $"&cursor={cursor}")}")).Expect(HttpStatusCode.OK);
            listed.AddRange(page["items"].EnumerateArray());
            cursor = page["nextCursor"].GetString();
            // Who comes meanwhile is newer than every page to follow.
            await CreatedAsync($"late{pages++}@example.com");
        }
        while (cursor is not null);

        Assert.Equal(3, pages);
        Assert.Equal(expected, listed.Select(user => user.GetProperty("email").GetString()));
        Assert.Equal((await Admin.GetAsync($"/users/{listed[0].GetProperty("userId")}")).Text, listed[0].GetRawText());
        foreach (var limit in (string[])["0", "101", "-1", "x"])
            (await Admin.GetAsync($"/admin/users?limit={limit}")).ExpectInvalid("limit");
    }

    [Fact]
    public async Task Accounts_are_found_by_a_part_of_their_email_as_it_is_written()
    {
        foreach (var email in (string[])["Kim_1@example.com", "kim-1@example.com", "KIM%1@Example.com", "park@example.org"])
            await CreatedAsync(email);

        Assert.Equal(["KIM%1@Example.com", "kim-1@example.com", "Kim_1@example.com"], await FoundAsync("kim"));
        Assert.Equal(["KIM%1@Example.com", "kim-1@example.com", "Kim_1@example.com"], await FoundAsync("EXAMPLE.COM"));
        Assert.Equal(["Kim_1@example.com"], await FoundAsync("m_1"));
        Assert.Equal(["KIM%1@Example.com"], await FoundAsync("m%1"));
        Assert.Equal(["KIM%1@Example.com"], await FoundAsync("%"));
        Assert.Empty(await FoundAsync("m*1"));
        Assert.Equal(5, (await FoundAsync("")).Count);
        (await Admin.GetAsync("/admin/users?email=a%00b")).ExpectInvalid("email");
        (await Admin.GetAsync("/admin/users?email=%ED%A0%80%EF%BF%BF")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_cursor_opens_the_list_that_it_was_made_for_alone()
    {
        var customer = await SignUpAsync();
        for (var i = 0; i < 3; i++)
            await CreatedAsync($"user{i}@example.com");
        var ofAll = (await Admin.GetAsync("/admin/users?limit=1")).Expect(HttpStatusCode.OK)["nextCursor"].GetString();
        var ofSome = (await Admin.GetAsync("/admin/users?limit=1&email=user")).Expect(HttpStatusCode.OK)["nextCursor"].GetString();

        (await Admin.GetAsync($"/admin/users?limit=1&email=user&cursor={ofSome}")).Expect(HttpStatusCode.OK);
        (await Admin.GetAsync($"/admin/users?limit=1&email=user1&cursor={ofSome}")).ExpectInvalid("cursor");
        (await Admin.GetAsync($"/admin/users?limit=1&cursor={ofSome}")).ExpectInvalid("cursor");
        (await Admin.GetAsync($"/admin/users?limit=1&email=user&cursor={ofAll}")).ExpectInvalid("cursor");
        (await customer.GetAsync($"/users/{customer.UserId}/balance/history?cursor={ofAll}")).ExpectInvalid("cursor");
        foreach (var forged in (string[])["x", "1", "%00", new string('A', 500)])
            (await Admin.GetAsync($"/admin/users?cursor={forged}")).ExpectInvalid("cursor");
    }

    private static Task<Answer> CreateAsync(ShopClient client, string email, string name = "Customer") => client.PostAsync("/admin/users", new { email, name });

    private async Task<string> CreatedAsync(string email)
    {
        (await CreateAsync(Admin, email)).Expect(HttpStatusCode.Created);
        return email;
    }

    private async Task<List<string?>> FoundAsync(string part) =>
        (await Admin.GetAsync($"/admin/users?email={Uri.EscapeDataString(part)}")).Expect(HttpStatusCode.OK)["items"]
            .EnumerateArray().Select(user => user.GetProperty("email").GetString()).ToList();
}
