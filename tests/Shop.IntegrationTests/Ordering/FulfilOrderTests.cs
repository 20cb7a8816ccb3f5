using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Ordering;

public sealed class FulfilOrderTests : RefundTest
{
    private protected override Task<ShopHost> StartAsync() =>
        ShopHost.StartAsync(new Dictionary<string, string> { ["Ordering:CancelWindow"] = "0:10:00" });

    [Fact]
    public async Task A_fulfilled_order_is_cancelled_by_its_customer_no_more()
    {
        var tea = await CreateProductAsync(price: 1_000);
        var customer = await SignUpAsync(balance: 10_000);
        var order = await BuyAsync(customer, Items((tea, 2)));

        var fulfilled = (await FulfilAsync(order, "parcel 6892")).Expect(HttpStatusCode.OK);
        Assert.Equal("parcel 6892", fulfilled["fulfilmentReference"].GetString());
        Assert.Equal(JsonValueKind.String, fulfilled["fulfilledAt"].ValueKind);
        Assert.Equal(fulfilled.Text, (await FulfilAsync(order, "another")).Expect(HttpStatusCode.OK).Text);
        Assert.Equal(fulfilled.Text, (await customer.GetAsync($"/orders/{order}")).Text);

        var refusal = (await customer.PostAsync($"/orders/{order}/cancel"))
            .ExpectProblem(HttpStatusCode.Conflict, "orders.not_cancellable");
        Assert.Equal("PAID", refusal["orderStatus"].GetString());
        (await RefundAsync(order, tea)).Expect(HttpStatusCode.Created);
        var support = await SignUpStaffAsync("SUPPORT");
        (await support.PostAsync($"/orders/{order}/cancel", new { reason = "lost on its way" }))
            .Expect(HttpStatusCode.OK);
        Assert.Equal(10_000, await customer.BalanceAsync());
        (await FulfilAsync(order)).ExpectProblem(HttpStatusCode.Conflict, "orders.not_fulfillable");
        await Shop.DeliverEventsAsync();
        Assert.Equal(100, await StockOfAsync(tea));
        await AssertConsistentAsync();
    }

    [Fact]
    public async Task A_paid_order_is_cancelled_by_its_customer_within_the_window()
    {
        var tea = await CreateProductAsync(price: 1_000);
        var customer = await SignUpAsync(balance: 10_000);
        var (soon, late) = (await BuyAsync(customer, Items((tea, 1))), await BuyAsync(customer, Items((tea, 1))));
        Shop.Clock.Advance(TimeSpan.FromMinutes(9));
        (await customer.PostAsync($"/orders/{soon}/cancel")).Expect(HttpStatusCode.OK);
        Shop.Clock.Advance(TimeSpan.FromMinutes(1));
        (await customer.PostAsync($"/orders/{late}/cancel"))
            .ExpectProblem(HttpStatusCode.Conflict, "orders.not_cancellable");
        (await Admin.PostAsync($"/orders/{late}/cancel")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Only_paid_orders_are_fulfilled_and_by_those_who_may()
    {
        var tea = await CreateProductAsync(price: 1_000);
        var customer = await SignUpAsync(balance: 10_000);
        var open = await customer.PlaceAsync((tea, 1));
        var refusal = (await FulfilAsync(open)).ExpectProblem(HttpStatusCode.Conflict, "orders.not_fulfillable");
        Assert.Equal("CREATED", refusal["orderStatus"].GetString());
        (await FulfilAsync(Guid.NewGuid())).ExpectProblem(HttpStatusCode.NotFound, "orders.not_found");
        (await FulfilAsync(open, new string('x', 501))).ExpectInvalid("reference");
        (await customer.PostAsync($"/admin/orders/{open}/fulfilment"))
            .ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await (await SignUpStaffAsync("FINANCE")).PostAsync($"/admin/orders/{open}/fulfilment"))
            .ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");

        var order = await BuyAsync(customer, Items((tea, 1)));
        var fulfilled = (await (await SignUpStaffAsync("OPERATOR")).PostAsync($"/admin/orders/{order}/fulfilment"))
            .Expect(HttpStatusCode.OK);
        Assert.Equal(JsonValueKind.Null, fulfilled["fulfilmentReference"].ValueKind);
    }

    [Fact]
    public async Task Of_fulfilments_and_a_cancellation_at_once_one_wins()
    {
        var tea = await CreateProductAsync(price: 1_000);
        var customer = await SignUpAsync(balance: 10_000);
        var order = await BuyAsync(customer, Items((tea, 1)));
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
            i == 4 ? customer.PostAsync($"/orders/{order}/cancel") : FulfilAsync(order, $"parcel {i}")));

        var won = answers.Where(answer => answer.Status == HttpStatusCode.OK).ToList();
        var cancelled = (await customer.StatusOfAsync(order)) == "REFUNDED";
        var fulfilled = won.Where(answer => answer["status"].GetString() == "PAID").Select(answer => answer.Text);
        Assert.True(fulfilled.Distinct().Count() <= 1);
        Assert.Equal(cancelled ? 10_000 : 9_000, await customer.BalanceAsync());
        Assert.Equal(cancelled, answers[4].Status == HttpStatusCode.OK);
    }

    private Task<Answer> FulfilAsync(Guid orderId, string? reference = null) =>
        Admin.PostAsync($"/admin/orders/{orderId}/fulfilment", new { reference });
}
