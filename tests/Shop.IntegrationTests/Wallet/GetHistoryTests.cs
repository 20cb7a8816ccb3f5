using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Wallet;

public sealed class GetHistoryTests : ShopTest
{
    [Fact]
    public async Task The_history_is_paged_newest_first_and_a_cursor_opens_one_list_alone()
    {
        var customer = await SignUpAsync();
        var other = await SignUpAsync();
        for (var i = 0; i < 5; i++)
            (await customer.ChargeAsync(1_000 + i)).Expect(HttpStatusCode.OK);

        var amounts = new List<long>();
        string? cursor = null;
        do
        {
            var page =
                (await customer.GetAsync(
                    $"/users/{customer.UserId}/balance/history?limit=2{(cursor is null
                        ? ""
                        : $"&cursor={cursor}")}")).Expect(HttpStatusCode.OK);
            amounts.AddRange(page["items"].EnumerateArray().Select(item => item.GetProperty("amount").GetInt64()));
            cursor = page["nextCursor"].GetString();
            if (cursor is not null)
                (await other.GetAsync(
                    $"/users/{other.UserId}/balance/history?cursor={cursor}")).ExpectInvalid("cursor");
        }
        while (cursor is not null);

        Assert.Equal([1_004, 1_003, 1_002, 1_001, 1_000], amounts);
        foreach (var query in (string[])
        [
            "limit=0", "limit=101", "limit=-1", "limit=abc", "limit=1.5", "limit=99999999999",
        ])
            (await customer.GetAsync($"/users/{customer.UserId}/balance/history?{query}")).ExpectInvalid("limit");
        foreach (var forged in (string[])["x", "AAAA", "%00", "%ff%fe", new string('A', 500)])
            (await customer.GetAsync(
                $"/users/{customer.UserId}/balance/history?cursor={forged}")).ExpectInvalid("cursor");
    }
}
