using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Operations;

public sealed class GetFiguresTests : ShopTest
{
    // A host counts its refusals.
    private protected override Task<ShopHost> StartAsync() => ShopHost.StartAsync();

    [Fact]
    public async Task Figures_tell_what_was_ordered_and_paid_lately_and_what_is_reserved_and_unpaid()
    {
        var customer = await SignUpAsync(balance: 5_000);
        var product = await CreateProductAsync(price: 2_000);
        var paid = await customer.PlaceAsync((product, 2));
        (await customer.PayAsync(paid)).Expect(HttpStatusCode.Created);
        await customer.PlaceAsync((product, 3));

        var figures = await ReadAsync();
        Assert.Equal((null, 2), Assert.Single(figures["ordering.orders"]));
        Assert.Equal(("COMPLETED", 1), Assert.Single(figures["payments.payments"]));
        Assert.Equal((null, 1), Assert.Single(figures["ordering.unpaid"]));
        Assert.Equal((null, 5), Assert.Single(figures["catalog.reserved"]));

        // A sale is an event away; the order has left the window.
        await Shop.DeliverEventsAsync();
        Shop.Clock.Advance(TimeSpan.FromSeconds(6));
        figures = await ReadAsync();
        Assert.Equal((null, 0), Assert.Single(figures["ordering.orders"]));
        Assert.Empty(figures["payments.payments"]);
        Assert.Equal((null, 3), Assert.Single(figures["catalog.reserved"]));
    }

    [Fact]
    public async Task Figures_tell_how_long_the_lines_are()
    {
        var now = Shop.Clock.GetUtcNow();
        var coupon = (await Admin.PostAsync("/admin/coupons", new
        {
            name = "Rush",
            discount = new { type = "FIXED", value = 1_000 },
            quantity = 10,
            issueFrom = now.AddDays(-1),
            issueUntil = now.AddDays(1),
            validUntil = now.AddDays(1),
        })).Expect(HttpStatusCode.Created)["couponId"].GetInt64();
        Assert.Empty((await ReadAsync())["coupons.line"]);

        for (var i = 0; i < 3; i++)
        {
            var customer = await SignUpAsync();
            (await customer.PostAsync($"/coupons/{coupon}/requests", new { userId = customer.UserId })).Expect(
                HttpStatusCode.Accepted);
        }

        Assert.Equal(($"#{coupon} Rush", 3), Assert.Single((await ReadAsync())["coupons.line"]));
    }

    [Fact]
    public async Task Refusals_are_counted_by_code_for_a_minute_kept_answers_too()
    {
        var customer = await SignUpAsync();
        var product = await CreateProductAsync();
        for (var i = 0; i < 2; i++)
            (await Anonymous.GetAsync("/products/999999")).ExpectProblem(
                HttpStatusCode.NotFound, "catalog.product_not_found");
        var unpayable = await customer.PlaceAsync((product, 1));
        (await customer.PostWithKeyAsync("pay", "/payments", new { orderId = unpayable })).ExpectProblem(
            HttpStatusCode.Conflict, "payments.insufficient_balance");

        var counts = await ErrorCountsAsync();
        Assert.Equal(2, counts["catalog.product_not_found"]);
        Assert.Equal(1, counts["payments.insufficient_balance"]);

        Shop.Clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Empty(await ErrorCountsAsync());
    }

    [Fact]
    public async Task Figures_are_for_administrators()
    {
        (await Anonymous.GetAsync("/admin/figures")).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
        (await (await SignUpAsync()).GetAsync("/admin/figures")).ExpectProblem(
            HttpStatusCode.Forbidden, "auth.forbidden");
    }

    private async Task<Dictionary<string, List<(string?, long)>>> ReadAsync() =>
        (await Admin.GetAsync("/admin/figures")).Expect(HttpStatusCode.OK)["figures"]
            .EnumerateArray()
            .ToDictionary(
                figure => figure.GetProperty("name").GetString()!,
                figure => figure
                    .GetProperty("values")
                    .EnumerateArray()
                    .Select(value => (value.GetProperty("label").GetString(), value.GetProperty("value").GetInt64()))
                    .ToList());

    private async Task<Dictionary<string, long>> ErrorCountsAsync() => (await Admin.GetAsync("/admin/figures"))
        .Expect(HttpStatusCode.OK)["refusals"]
        .EnumerateArray()
        .ToDictionary(
            problem => problem.GetProperty("code").GetString()!, problem => problem.GetProperty("count").GetInt64());
}
