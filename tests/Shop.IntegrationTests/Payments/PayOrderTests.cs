using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Payments;

public sealed class PayOrderTests : ShopTest
{
    private protected override Task<ShopHost> StartAsync() =>
        SharedHosts.LendAsync(SharedHosts.ManyOpenOrders);

    [Fact]
    public async Task A_paid_order_is_paid_when_the_answer_comes_and_its_stock_becomes_a_sale_by_event()
    {
        var product = await CreateProductAsync(price: 4_000, stock: 10);
        var customer = await SignUpAsync(balance: 10_000);
        var order = await customer.PlaceAsync((product, 2));

        var payment = (await customer.PayAsync(order)).Expect(HttpStatusCode.Created);
        Assert.Equal($"/api/v1/payments/{payment["paymentId"].GetGuid()}", payment.Headers.Location?.ToString());
        Assert.Equal(
            (order, customer.UserId, 8_000L, "COMPLETED"),
            (
                payment["orderId"].GetGuid(),
                payment["userId"].GetInt64(),
                payment["amount"].GetInt64(),
                payment["status"].GetString()));
        Assert.Equal(JsonValueKind.Null, payment["refundedAt"].ValueKind);

        var paid = (await customer.GetAsync($"/orders/{order}")).Expect(HttpStatusCode.OK);
        Assert.Equal("PAID", paid["status"].GetString());
        Assert.Equal(payment["paymentId"].GetGuid(), paid["paymentId"].GetGuid());
        Assert.Equal(payment["paidAt"].GetString(), paid["closedAt"].GetString());
        Assert.Equal(2_000, await customer.BalanceAsync());
        var entry = (await customer.GetAsync($"/users/{customer.UserId}/balance/history?limit=1"))["items"][0];
        Assert.Equal(
            ("PAYMENT", -8_000L, 2_000L, payment["paymentId"].GetGuid()),
            (
                entry.GetProperty("type").GetString(),
                entry.GetProperty("amount").GetInt64(),
                entry.GetProperty("balanceAfter").GetInt64(),
                entry.GetProperty("reference").GetGuid()));
        Assert.Equal(
            payment.Text,
            (await customer.GetAsync($"/payments/{payment["paymentId"].GetGuid()}")).Expect(HttpStatusCode.OK).Text);

        Assert.Equal(8, await StockOfAsync(product));
        await Shop.DeliverEventsAsync();
        Assert.Equal(8, await StockOfAsync(product));
        var sale = (await Admin.GetAsync($"/admin/products/{product}/stock-movements"))["items"][0];
        Assert.Equal(
            ("SALE", -2L, 8L, order),
            (
                sale.GetProperty("type").GetString(),
                sale.GetProperty("delta").GetInt64(),
                sale.GetProperty("onHandAfter").GetInt64(),
                sale.GetProperty("orderId").GetGuid()));
        Assert.Equal(
            0, await Shop.QueryAsync<long>($"select reserved::bigint from catalog.stock where product_id = {product}"));
    }

    [Fact]
    public async Task A_payment_that_fails_is_kept_and_its_stock_comes_back_by_event()
    {
        var product = await CreateProductAsync(price: 4_000, stock: 10);
        var customer = await SignUpAsync(balance: 7_000);
        var order = await customer.PlaceAsync((product, 2));

        var problem = (await customer.PayAsync(order)).ExpectProblem(
            HttpStatusCode.Conflict, "payments.insufficient_balance");
        Assert.Equal(order, problem["orderId"].GetGuid());
        Assert.Equal("PAYMENT_FAILED", problem["orderStatus"].GetString());
        Assert.Equal(1_000, problem["shortfall"].GetInt64());

        Assert.Equal("PAYMENT_FAILED", await customer.StatusOfAsync(order));
        var payment = (await customer.GetAsync($"/payments/{problem["paymentId"].GetGuid()}")).Expect(
            HttpStatusCode.OK);
        Assert.Equal("FAILED", payment["status"].GetString());
        Assert.Equal(JsonValueKind.Null, payment["paidAt"].ValueKind);
        Assert.Equal(7_000, await customer.BalanceAsync());

        Assert.Equal(8, await StockOfAsync(product));
        await Shop.DeliverEventsAsync();
        Assert.Equal(10, await StockOfAsync(product));

        var again = (await customer.PayAsync(order)).ExpectProblem(HttpStatusCode.Conflict, "orders.not_payable");
        Assert.Equal("PAYMENT_FAILED", again["orderStatus"].GetString());
    }

    [Fact]
    public async Task An_order_paid_fifty_times_at_once_is_paid_once()
    {
        var product = await CreateProductAsync(price: 1_000);
        var customer = await SignUpAsync(balance: 100_000);
        var order = await customer.PlaceAsync((product, 1));

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => customer.PayAsync(order)));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.Created), answer =>
            Assert.Equal(
                "PAID",
                answer.ExpectProblem(HttpStatusCode.Conflict, "orders.not_payable")["orderStatus"].GetString()));
        Assert.Equal(99_000, await customer.BalanceAsync());
        Assert.Equal(1, await Shop.QueryAsync<long>("select count(*) from payments.payments"));
        Assert.Equal(1, await Shop.QueryAsync<long>("select count(*) from wallet.ledger where type = 'PAYMENT'"));
    }

    [Fact]
    public async Task Of_fifty_payments_at_once_only_what_the_wallet_holds_goes_through()
    {
        var product = await CreateProductAsync(price: 5_000);
        var customer = await SignUpAsync(balance: 5_000);
        var orders = new List<Guid>();
        for (var i = 0; i < 50; i++)
            orders.Add(await customer.PlaceAsync((product, 1)));

        var answers = await Task.WhenAll(orders.Select(customer.PayAsync));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);
        Assert.Equal(
            49,
            answers.Count(
                answer => answer.Status == HttpStatusCode.Conflict && answer.Code == "payments.insufficient_balance"));
        Assert.Equal(0, await customer.BalanceAsync());

        await Shop.DeliverEventsAsync();
        Assert.Equal(99, await StockOfAsync(product));
        Assert.Equal(0, await Shop.QueryAsync<long>("select count(*) from catalog.stock_reservations"));
        Assert.Equal(
            1, await Shop.QueryAsync<long>("select count(*) from catalog.stock_movements where type = 'SALE'"));
    }

    [Fact]
    public async Task An_order_of_nothing_is_payable_with_an_empty_wallet()
    {
        var product = await CreateProductAsync(price: 0);
        var customer = await SignUpAsync();
        var order = await customer.PlaceAsync((product, 1));

        var payment = (await customer.PayAsync(order)).Expect(HttpStatusCode.Created);
        Assert.Equal(0, payment["amount"].GetInt64());
        Assert.Equal("PAID", await customer.StatusOfAsync(order));
        Assert.Equal(
            1, await Shop.QueryAsync<long>("select count(*) from wallet.ledger where type = 'PAYMENT' and amount = 0"));
    }

    [Fact]
    public async Task An_order_is_payable_until_its_window_ends_and_not_from_then_on()
    {
        var product = await CreateProductAsync(price: 1_000);
        var customer = await SignUpAsync(balance: 10_000);
        var inTime = await customer.PlaceAsync((product, 1));
        var late = await customer.PlaceAsync((product, 1));

        Shop.Clock.Advance(TimeSpan.FromMinutes(14));
        (await customer.PayAsync(inTime)).Expect(HttpStatusCode.Created);
        Shop.Clock.Advance(TimeSpan.FromMinutes(1));
        var problem = (await customer.PayAsync(late)).ExpectProblem(HttpStatusCode.Conflict, "orders.not_payable");
        Assert.Equal("EXPIRED", problem["orderStatus"].GetString());
        Assert.Equal(9_000, await customer.BalanceAsync());
    }

    [Fact]
    public async Task Somebody_elses_order_is_not_found()
    {
        var product = await CreateProductAsync(price: 1_000);
        var customer = await SignUpAsync(balance: 10_000);
        var other = await SignUpAsync(balance: 10_000);
        var order = await customer.PlaceAsync((product, 1));

        (await other.PayAsync(order)).ExpectProblem(HttpStatusCode.NotFound, "orders.not_found");
        (await customer.PayAsync(Guid.NewGuid())).ExpectProblem(HttpStatusCode.NotFound, "orders.not_found");
        (await Admin.PostAsync("/payments", new { orderId = order })).Expect(HttpStatusCode.Created);
        Assert.Equal(9_000, await customer.BalanceAsync());
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"orderId": null}""")]
    [InlineData("""{"orderId": 5}""")]
    [InlineData("""{"orderId": "five"}""")]
    [InlineData("""{"orderId": "\u0000"}""")]
    public async Task A_malformed_payment_is_refused(string body)
    {
        var customer = await SignUpAsync();
        (await customer.Client.SendRawAsync(HttpMethod.Post, "/payments", body)).ExpectInvalid("orderId");
    }
}
