using System.Net;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Commands;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Http;
using Shop.Coupons.Queue;
using Shop.IntegrationTests.Testing;
using Shop.Messages;
using Shop.Ordering.Contracts;
using Shop.Ordering.Orders;

namespace Shop.IntegrationTests.Operations;

/// <summary>A shop with an order in every state, with a coupon and without one, and the ways to get there.</summary>
internal sealed class BusyShop(ShopHost shop, ShopClient admin, Func<long, Task<Customer>> signUp)
{
    private const string Undo = """
        with undone as (
            update ordering.orders set status = @status, closed_at = @now where order_id = @orderId
            returning order_id, user_id, total_amount, payment_id),
        refunded as (
            update payments.payments p set refunded_at = @now, refunded_amount = p.amount from undone u
                where @status = 'REFUNDED' and p.payment_id = u.payment_id),
        credited as (
            update wallet.wallets w set balance = balance + u.total_amount from undone u where @status = 'REFUNDED'
                and w.user_id = u.user_id
            returning w.user_id, w.balance)
        insert into wallet.ledger (user_id, type, amount, balance_after, reference, cause, occurred_at)
        select user_id, 'REFUND', u.total_amount, c.balance, u.payment_id, u.order_id, @now from credited c
            join undone u using (user_id)
        """;

    private readonly List<long> coupons = [];
    private (long Cheap, long Dear) products;

    /// <summary>
    /// Every state with its events delivered, then every state again with its events still under way.
    /// </summary>
    public async Task FillAsync()
    {
        await OpenAsync();
        await DoEverythingAsync();
        await shop.DeliverEventsAsync();
        await DoEverythingAsync();
    }

    private async Task AdjustAsync()
    {
        var customer = await signUp(10_000);
        foreach (var amount in (long[])[500, -700])
            (await admin.PostAsync(
                $"/admin/users/{customer.UserId}/balance/adjustments", new { amount, reason = "Counted again" }))
                .Expect(HttpStatusCode.Created);

        // One top-up that is paid, one that is declined, one that waits.
        foreach (var approve in (bool?[])[true, false, null])
        {
            var topUpId = (await customer.PostAsync($"/users/{customer.UserId}/top-ups", new { amount = 3_000 }))
                .Expect(HttpStatusCode.Created)["topUpId"]
                .GetGuid();
            if (approve is null)
                continue;
            var providerPaymentId = (await customer.PostAsync(
                "/fake-payments", new { orderId = topUpId, amount = 3_000, approve }))
                .Expect(HttpStatusCode.OK)["providerPaymentId"]
                .GetString();
            (await customer.PostAsync($"/top-ups/{topUpId}/confirm", new { providerPaymentId })).Expect(
                HttpStatusCode.OK);
        }
    }

    /// <summary>Goods on the shelf, and coupons of which there are enough, or only one.</summary>
    public async Task OpenAsync()
    {
        products = (await StockAsync("Cup", 1_000), await StockAsync("Kettle", 40_000));
        (await admin.PostAsync(
            $"/admin/products/{products.Dear}/stock-adjustments", new { delta = -10, reason = "Broken" })).Expect(
                HttpStatusCode.OK);
        coupons.Add(await CreateCouponAsync(quantity: 1_000));
        coupons.Add(await CreateCouponAsync(quantity: 1));
        // The first in line gets the only one, the next one does not.
        await QueueAsync(coupons[1]);
        await QueueAsync(coupons[1]);
        await ProcessQueuesAsync();
    }

    /// <summary>One customer for each way in which an order can go, twice: with a coupon and without.</summary>
    public async Task DoEverythingAsync()
    {
        await AdjustAsync();
        // Sold, and only then returned. Goods refunded at once may never have left the stock.
        var sold = await PayAsync(balance: 100_000, withCoupon: false, HttpStatusCode.Created);
        await shop.DeliverEventsAsync();
        await UndoAsync(sold, OrderStatus.Refunded);
        foreach (var withCoupon in (bool[])[false, true])
        {
            await PlaceAsync(balance: 1_000, withCoupon);
            await PayAsync(balance: 100_000, withCoupon, HttpStatusCode.Created);
            await PayAsync(balance: 1_000, withCoupon, HttpStatusCode.Conflict);
            await UndoAsync((await PlaceAsync(balance: 1_000, withCoupon)).OrderId, OrderStatus.Cancelled);
            await UndoAsync((await PlaceAsync(balance: 1_000, withCoupon)).OrderId, OrderStatus.Expired);
            await UndoAsync(await PayAsync(balance: 100_000, withCoupon, HttpStatusCode.Created), OrderStatus.Refunded);
        }

        await EnterQueueAsync();
    }

    private async Task<Guid> PayAsync(long balance, bool withCoupon, HttpStatusCode expected)
    {
        var (customer, orderId) = await PlaceAsync(balance, withCoupon);
        (await customer.PayAsync(orderId)).Expect(expected);
        return orderId;
    }

    private async Task<(Customer Customer, Guid OrderId)> PlaceAsync(long balance, bool withCoupon)
    {
        var customer = await signUp(balance);
        long? held = withCoupon ? await IssueAsync(customer) : null;
        var placed = await customer.PostAsync("/orders", new
        {
            userId = customer.UserId,
            items = new[]
            {
                new { productId = products.Cheap, quantity = 3 },
                new { productId = products.Dear, quantity = 1 },
            },
            userCouponId = held,
        });
        return (customer, placed.Expect(HttpStatusCode.Created)["orderId"].GetGuid());
    }

    // The books as the shop keeps them when an order is undone, whoever undoes it.
    private Task<int> UndoAsync(Guid orderId, OrderStatus status) =>
        shop.Services.GetRequiredService<Transactions>().RunAsync(
        async (scope, ct) =>
        {
            var before = await scope.GetRequiredService<IMediator>().Send(
                new GetOrder(orderId, TestCallers.Administrator), ct);
            var now = shop.Clock.UtcNow();
            var posted = await scope.GetRequiredService<Db>().ExecuteAsync(
                Undo, new { orderId, status = EnumNames.Of(status), now }, ct);
            scope.GetRequiredService<BuildingBlocks.Outbox.Outbox>().Publish(
                VoidedEvent(before with { Status = status, ClosedAt = now }, before.ClosedAt));
            return posted;
        },
        CancellationToken.None);

    private static IDomainEvent VoidedEvent(Order order, DateTimeOffset? paidAt) => order.Status switch
    {
        OrderStatus.Cancelled => new OrderCancelled(order),
        OrderStatus.Expired => new OrderExpired(order),
        OrderStatus.Refunded => new OrderRefunded(order, paidAt!.Value),
        _ => throw new ArgumentOutOfRangeException(nameof(order), order.Status, "Not undone."),
    };

    // One waits, the others have been served.
    private async Task EnterQueueAsync()
    {
        await QueueAsync(coupons[0]);
        await ProcessQueuesAsync();
        await QueueAsync(coupons[0]);
    }

    private Task<int> ProcessQueuesAsync()
    {
        shop.Clock.Advance(TimeSpan.FromSeconds(2));
        return shop.Services.GetRequiredService<ProcessQueues>().RunOnceAsync(CancellationToken.None);
    }

    private async Task QueueAsync(long coupon)
    {
        var customer = await signUp(0);
        (await customer.PostAsync($"/coupons/{coupon}/requests", new { userId = customer.UserId })).Expect(
            HttpStatusCode.Accepted);
    }

    private async Task<long> IssueAsync(Customer customer) =>
        (await customer.PostAsync($"/coupons/{coupons[0]}/issue", new { userId = customer.UserId })).Expect(
            HttpStatusCode.Created)["userCouponId"].GetInt64();

    private async Task<long> StockAsync(string name, long price) =>
        (await admin.PostAsync("/admin/products", new { name, price, stock = 100_000 })).Expect(
            HttpStatusCode.Created)["productId"].GetInt64();

    private async Task<long> CreateCouponAsync(int quantity) => (await admin.PostAsync("/admin/coupons", new
    {
        name = "A tenth off",
        discount = new { type = "PERCENT", value = 10 },
        quantity,
        issueFrom = "2020-01-01T00:00:00Z",
        issueUntil = "2099-01-01T00:00:00Z",
        validUntil = "2099-01-01T00:00:00Z",
    })).Expect(HttpStatusCode.Created)["couponId"].GetInt64();
}
