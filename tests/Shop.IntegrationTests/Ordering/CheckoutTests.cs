using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Ordering;

public sealed class CheckoutTests : ShopTest
{
    [Fact]
    public async Task A_checkout_orders_and_pays_in_one_step()
    {
        var tea = await CreateProductAsync(price: 3_000, stock: 10);
        var customer = await SignUpAsync(balance: 10_000);

        var done = (await CheckOutAsync(customer, (tea, 2))).Expect(HttpStatusCode.Created);
        var (order, payment) = (done["order"], done["payment"]);
        Assert.Equal($"/api/v1/orders/{order.GetProperty("orderId").GetGuid()}", done.Headers.Location?.ToString());
        Assert.Equal("PAID", order.GetProperty("status").GetString());
        Assert.Equal(payment.GetProperty("paymentId").GetGuid(), order.GetProperty("paymentId").GetGuid());
        Assert.Equal(
            ("COMPLETED", 6_000L),
            (payment.GetProperty("status").GetString(), payment.GetProperty("amount").GetInt64()));
        Assert.Equal(
            order.GetRawText(), (await customer.GetAsync($"/orders/{order.GetProperty("orderId").GetGuid()}")).Text);
        Assert.Equal(
            payment.GetRawText(),
            (await customer.GetAsync($"/payments/{payment.GetProperty("paymentId").GetGuid()}")).Text);
        Assert.Equal(4_000, await customer.BalanceAsync());

        await Shop.DeliverEventsAsync();
        Assert.Equal(8, await StockOfAsync(tea));
        Assert.Equal(
            1, await Shop.QueryAsync<long>("select count(*) from catalog.stock_movements where type = 'SALE'"));
    }

    [Fact]
    public async Task A_refused_checkout_leaves_nothing_behind()
    {
        var tea = await CreateProductAsync(price: 3_000, stock: 10);
        var customer = await SignUpAsync(balance: 5_000);
        (await customer.PostAsync(
            $"/users/{customer.UserId}/cart/items", new { productId = tea, quantity = 2 })).Expect(HttpStatusCode.OK);

        var problem = (await customer.PostAsync("/checkout", new { userId = customer.UserId, fromCart = true }))
            .ExpectProblem(HttpStatusCode.Conflict, "payments.insufficient_balance");
        Assert.Equal(1_000, problem["shortfall"].GetInt64());
        (await CheckOutAsync(customer, (tea, 11))).ExpectProblem(HttpStatusCode.Conflict, "catalog.out_of_stock");

        Assert.Equal(10, await StockOfAsync(tea));
        Assert.Equal(5_000, await customer.BalanceAsync());
        Assert.Equal(1, (await customer.GetAsync($"/users/{customer.UserId}/cart"))["items"].GetArrayLength());
        Assert.Equal(0, await Shop.QueryAsync<long>(
            "select (select count(*) from ordering.orders) + (select count(*) "
            +
                "from payments.payments) + (select count(*) from catalog.stock_reservations) + (select count(*) from "
                + "ordering.outbox)"));
    }

    [Fact]
    public async Task Checkouts_at_once_stop_at_the_last_won_and_the_last_unit()
    {
        var scarce = await CreateProductAsync(price: 1_000, stock: 7);
        var rich = await SignUpAsync(balance: 1_000_000);
        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => CheckOutAsync(rich, (scarce, 1))));
        Assert.Equal(7, answers.Count(answer => answer.Status == HttpStatusCode.Created));
        Assert.Equal(993_000, await rich.BalanceAsync());

        var plenty = await CreateProductAsync(price: 1_000);
        var poor = await SignUpAsync(balance: 5_000);
        answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => CheckOutAsync(poor, (plenty, 1))));
        Assert.Equal(5, answers.Count(answer => answer.Status == HttpStatusCode.Created));
        Assert.All(
            answers.Where(answer => answer.Status != HttpStatusCode.Created),
            answer => Assert.Equal("payments.insufficient_balance", answer.Code));
        Assert.Equal(0, await poor.BalanceAsync());
        Assert.Equal(95, await StockOfAsync(plenty));
    }

    [Fact]
    public async Task A_malformed_checkout_is_refused_like_an_order()
    {
        var customer = await SignUpAsync();
        var other = await SignUpAsync();
        (await customer.PostAsync(
            "/checkout", new { userId = customer.UserId, items = Array.Empty<object>() })).ExpectInvalid("items");
        (await customer.PostAsync("/checkout", new { userId = customer.UserId, fromCart = true })).ExpectProblem(
            HttpStatusCode.Conflict, "orders.empty_cart");
        (await customer.PostAsync("/checkout", new { userId = other.UserId, fromCart = true })).ExpectProblem(
            HttpStatusCode.Forbidden, "auth.forbidden");
        (await Anonymous.PostAsync("/checkout", new { userId = other.UserId, fromCart = true })).ExpectProblem(
            HttpStatusCode.Unauthorized, "auth.unauthenticated");
    }

    private static Task<Answer> CheckOutAsync(
        Customer customer, params (long ProductId, int Quantity)[] items) => customer.PostAsync(
        "/checkout",
        new
        {
            userId = customer.UserId,
            items = items.Select(item => new { productId = item.ProductId, quantity = item.Quantity }),
        });
}

public sealed class RequireBalanceTests : ShopTest
{
    [Fact]
    public async Task An_order_that_the_wallet_could_not_pay_now_is_refused_where_the_shop_says_so()
    {
        var tea = await CreateProductAsync(price: 3_000);
        var customer = await SignUpAsync(balance: 5_000);
        var problem = (await customer.OrderAsync((tea, 2))).ExpectProblem(
            HttpStatusCode.Conflict, "payments.insufficient_balance");
        Assert.Equal(1_000, problem["shortfall"].GetInt64());
        Assert.Equal(100, await StockOfAsync(tea));
        (await customer.OrderAsync((tea, 1))).Expect(HttpStatusCode.Created);
    }

    private protected override Task<ShopHost> StartAsync() =>
        ShopHost.StartAsync(new Dictionary<string, string> { ["Ordering:RequireBalanceAtOrder"] = "true" });
}
