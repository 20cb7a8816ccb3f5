using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Shop.IntegrationTests.Testing;
using Shop.Ordering.Contracts;
using Shop.Ordering.Orders;
using Xunit;

namespace Shop.IntegrationTests.Ordering;

public sealed class ListOrdersTests : ShopTest
{
    private protected override Task<ShopHost> StartAsync() =>
        SharedHosts.LendAsync(SharedHosts.ManyOpenOrders);

    [Fact]
    public async Task Support_lists_everybodys_orders()
    {
        var tea = await CreateProductAsync();
        var (one, two) = (await SignUpAsync(), await SignUpAsync());
        var first = await one.PlaceAsync((tea, 1));
        var second = await two.PlaceAsync((tea, 1));
        (await two.PostAsync($"/orders/{second}/cancel")).Expect(HttpStatusCode.OK);

        Assert.Equal([second, first], Ids(await Admin.GetAsync("/admin/orders")));
        Assert.Equal([first], Ids(await Admin.GetAsync($"/admin/orders?userId={one.UserId}")));
        Assert.Equal([second], Ids(await Admin.GetAsync("/admin/orders?status=CANCELLED")));
        Assert.Empty(Ids(await Admin.GetAsync($"/admin/orders?status=CANCELLED&userId={one.UserId}")));
        (await Admin.GetAsync("/admin/orders?status=nope")).ExpectInvalid("status");
        (await Admin.GetAsync("/admin/orders?userId=x")).ExpectInvalid("userId");
        (await one.GetAsync("/admin/orders")).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
    }

    [Theory]
    [InlineData(false, null, false)]
    [InlineData(true, null, false)]
    [InlineData(false, OrderStatus.Cancelled, false)]
    [InlineData(false, null, true)]
    public async Task Each_filter_has_its_index(bool ofUser, OrderStatus? status, bool inTime)
    {
        await Shop.ExecuteAsync("""
            insert into ordering.orders
                (order_id, user_id, status, items_amount, discount_amount, total_amount, created_at, expires_at,
                closed_at)
            select (lpad(to_hex(1700000000000 + n), 12, '0') || '7000800000000000' || lpad(to_hex(n), 4, '0'))::uuid,
                n % 5000, case when n < 100 then 'CANCELLED' else 'EXPIRED' end, 0, 0, 0,
                to_timestamp(1700000000 + n / 1000.0), now(), now()
            from generate_series(1, 30000) as n;
            analyze ordering.orders
            """);
        var time = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_010_000);
        var request = new ListOrders(ofUser ? 7 : null, status, inTime ? time : null, inTime ? time : null, default);
        var listing = ListOrdersHandler.SelectPage(request, isFirst: true)
            .Replace("@UserId", "7", StringComparison.Ordinal)
            .Replace("@status", "'CANCELLED'", StringComparison.Ordinal)
            .Replace("@since", $"'{OrderIds.First(time)}'", StringComparison.Ordinal)
            .Replace("@until", $"'{OrderIds.Behind(time)}'", StringComparison.Ordinal)
            .Replace("@From", $"'{time:O}'", StringComparison.Ordinal)
            .Replace("@To", $"'{time:O}'", StringComparison.Ordinal)
            .Replace("@limit", "21", StringComparison.Ordinal);

        var plan = await Shop.QueryAsync<string>($"explain (format json) {listing}");

        var index = ofUser ? "orders_by_user" : status is null ? "orders_pkey" : "orders_by_status";
        Assert.Contains(index, plan, StringComparison.Ordinal);
        Assert.DoesNotContain("\"Seq Scan\"", plan, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Orders_are_listed_newest_first_by_page_and_status()
    {
        var product = await CreateProductAsync(price: 0);
        var customer = await SignUpAsync();
        var orders = new List<Guid>();
        for (var i = 0; i < 5; i++)
            orders.Add(await customer.PlaceAsync((product, 1)));
        (await customer.PayAsync(orders[1])).Expect(HttpStatusCode.Created);

        var first = (await customer.GetAsync($"/users/{customer.UserId}/orders?limit=3")).Expect(HttpStatusCode.OK);
        var second =
            (await customer.GetAsync(
                $"/users/{customer.UserId}/orders?limit=3&cursor={first["nextCursor"].GetString()}")).Expect(
                    HttpStatusCode.OK);
        Assert.Equal(Enumerable.Reverse(orders), Ids(first).Concat(Ids(second)));
        Assert.Equal(JsonValueKind.Null, second["nextCursor"].ValueKind);

        Assert.Equal(
            [orders[1]],
            Ids((await customer.GetAsync($"/users/{customer.UserId}/orders?status=PAID")).Expect(HttpStatusCode.OK)));
        (await customer.GetAsync($"/users/{customer.UserId}/orders?status=paid")).ExpectInvalid("status");
        var cursor = first["nextCursor"].GetString();
        (await customer.GetAsync($"/users/{customer.UserId}/orders?status=CREATED&cursor={cursor}"))
            .ExpectInvalid("cursor");
        (await Admin.GetAsync("/users/999999/orders")).ExpectProblem(HttpStatusCode.NotFound, "wallet.user_not_found");
    }

    private static IEnumerable<Guid> Ids(Answer page) => page.Expect(HttpStatusCode.OK)["items"]
        .EnumerateArray()
        .Select(order => order.GetProperty("orderId").GetGuid());
}
