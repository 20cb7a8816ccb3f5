using Shop.AttackTests.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Shop.AttackTests;

/// <summary>One customer who makes lists long: lines, open orders, streams.</summary>
public sealed class GrowthTests(AttackedShop shop, ITestOutputHelper output) : AttackTest(shop, output)
{
    private const int MaximumLines = 50;
    private const int MaximumOpenOrders = 10;
    private const int MaximumStreams = 10;

    // Nothing moves in the line, so that no stream ends by itself.
    private protected override Dictionary<string, string> Settings => new() { ["Coupons:Queue:Interval"] = "01:00:00" };

    [Fact]
    public async Task A_cart_does_not_grow_past_its_maximum()
    {
        var customer = await Shop.CustomerAsync(Host);
        var path = $"/users/{customer.UserId}/cart/items";

        var tally = await WithstandAsync(perSecond: 100, atOnce: 20, n => Attacker.SendAsync(
            HttpMethod.Post, path, $$"""{"productId":{{Shop.FirstProduct + n}},"quantity":1}""", customer));

        tally.AssertOnly(200, 409, 429);
        Assert.Equal(MaximumLines, tally[200]);
        Assert.True(tally.Total > 2 * MaximumLines, $"{tally}");
        Assert.Equal(MaximumLines, await CountAsync("ordering.cart_items", customer));
    }

    [Fact]
    public async Task Long_orders_that_are_never_paid_reserve_little_and_hold_nobody_up()
    {
        var customer = await Shop.CustomerAsync(Host);
        var lines = Enumerable.Range(100, MaximumLines)
            .Select(product => $$"""{"productId":{{Shop.FirstProduct + product}},"quantity":1000}""");
        var body = $$"""{"userId":{{customer.UserId}},"items":[{{string.Join(',', lines)}}]}""";

        var tally = await WithstandAsync(
            perSecond: 50, atOnce: 20, _ => Attacker.SendAsync(HttpMethod.Post, "/orders", body, customer));

        tally.AssertOnly(201, 409, 429);
        Assert.Equal(MaximumOpenOrders, tally[201]);
        Assert.True(tally[409] + tally[429] > MaximumOpenOrders, $"{tally}");
        Assert.Equal(MaximumOpenOrders, await CountAsync("ordering.orders", customer));
    }

    [Fact]
    public async Task Event_streams_of_one_user_are_few()
    {
        var customer = await Shop.CustomerAsync(Host);
        var path = $"/api/v1/coupon-requests/{await EnterQueueAsync(customer)}/stream";
        var streams = new List<HttpResponseMessage>();

        await WithstandAsync(async ct =>
        {
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
            while (!ct.IsCancellationRequested)
            {
                using var opening = new HttpRequestMessage(HttpMethod.Get, path);
                opening.Headers.Authorization = customer.Authorization;
                streams.Add(await Attacker.SendAsync(opening, HttpCompletionOption.ResponseHeadersRead, default));
                await timer.WaitForNextTickAsync(CancellationToken.None);
            }
        });

        var tally = new Tally();
        streams.ForEach(stream => tally.Count((int)stream.StatusCode));
        streams.ForEach(stream => stream.Dispose());
        Tell(tally);
        tally.AssertOnly(200, 429);
        Assert.Equal(MaximumStreams, tally[200]);
        Assert.True(tally[429] >= MaximumStreams, $"{tally}");
    }

    private Task<long> CountAsync(string table, Customer customer) =>
        Shop.QueryAsync<long>($"select count(*) from {table} where user_id = {customer.UserId}");

    private async Task<Guid> EnterQueueAsync(Customer customer)
    {
        var campaign = new
        {
            name = "A tenth off",
            discount = new { type = "PERCENT", value = 10 },
            quantity = 10,
            issueFrom = "2020-01-01T00:00:00Z",
            issueUntil = "2099-01-01T00:00:00Z",
            validUntil = "2099-01-01T00:00:00Z",
        };
        var admin = await AttackedShop.AdminAsync(Host);
        var coupon = await Attacker.ReadAsync(HttpMethod.Post, "/admin/coupons", admin, campaign);
        var queue = $"/coupons/{coupon.GetProperty("couponId").GetInt64()}/requests";
        var body = new { userId = customer.UserId };
        var place = await Attacker.ReadAsync(HttpMethod.Post, queue, customer.Authorization, body);
        return place.GetProperty("requestId").GetGuid();
    }
}
