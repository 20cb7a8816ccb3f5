using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

public sealed class ListUsersTests : IdentityTest
{
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
            var page = (await Admin.GetAsync(
                $"/admin/users?limit=3{(cursor is null ? "" : $"&cursor={cursor}")}")).Expect(HttpStatusCode.OK);
            listed.AddRange(page["items"].EnumerateArray());
            cursor = page["nextCursor"].GetString();
            // Users who come meanwhile are newer than every page to follow.
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
        foreach (var email in (string[])
        [
            "Kim_1@example.com", "kim-1@example.com", "KIM%1@Example.com", "park@example.org",
        ])
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
        var ofSome = (await Admin.GetAsync("/admin/users?limit=1&email=user"))
            .Expect(HttpStatusCode.OK)["nextCursor"]
            .GetString();

        (await Admin.GetAsync($"/admin/users?limit=1&email=user&cursor={ofSome}")).Expect(HttpStatusCode.OK);
        (await Admin.GetAsync($"/admin/users?limit=1&email=user1&cursor={ofSome}")).ExpectInvalid("cursor");
        (await Admin.GetAsync($"/admin/users?limit=1&cursor={ofSome}")).ExpectInvalid("cursor");
        (await Admin.GetAsync($"/admin/users?limit=1&email=user&cursor={ofAll}")).ExpectInvalid("cursor");
        (await customer.GetAsync($"/users/{customer.UserId}/balance/history?cursor={ofAll}")).ExpectInvalid("cursor");
        foreach (var forged in (string[])["x", "1", "%00", new string('A', 500)])
            (await Admin.GetAsync($"/admin/users?cursor={forged}")).ExpectInvalid("cursor");
    }

    private async Task<string> CreatedAsync(string email)
    {
        (await CreateUserAsync(Admin, email)).Expect(HttpStatusCode.Created);
        return email;
    }

    private async Task<List<string?>> FoundAsync(string part) =>
        (await Admin.GetAsync($"/admin/users?email={Uri.EscapeDataString(part)}")).Expect(HttpStatusCode.OK)["items"]
            .EnumerateArray().Select(user => user.GetProperty("email").GetString()).ToList();
}
