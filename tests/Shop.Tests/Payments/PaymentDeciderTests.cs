using Shop.BuildingBlocks.Commands;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Http;
using Shop.Messages;
using Shop.Ordering.Contracts;
using Shop.Ordering.Orders;
using Shop.Payments.Contracts;
using Shop.Payments.Payments;
using Shop.Wallet.Wallets;
using Xunit;

namespace Shop.Tests.Payments;

public sealed class PaymentDeciderTests
{
    private const long User = 10;

    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly LockedOrders orders = new(_ => { });
    private readonly LockedWallets wallets = new((_, _) => { });
    private readonly NewPayments payments = new();
    private readonly PaymentDecider decider;

    public PaymentDeciderTests()
    {
        var clock = new QueuedValue<DateTimeOffset>();
        clock.Set(Now);
        decider = new PaymentDecider(new LockedForPaying(clock, orders, wallets, payments));
        wallets.Add(User, 1_500);
    }

    [Fact]
    public void A_payment_debits_the_wallet_and_closes_the_order()
    {
        var order = Place(total: 1_000);

        var payment = Decide(order).Value;

        Assert.Equal(
            new Payment(payment.PaymentId, order, User, 1_000, PaymentStatus.Completed, Now, RefundedAt: null),
            payment);
        Assert.Equal(
            (OrderStatus.Paid, payment.PaymentId), (orders.Find(order)!.Status, orders.Find(order)!.PaymentId));
        Assert.Equal((payment.PaymentId, order), (wallets.Entries.Single().Reference, wallets.Entries.Single().Cause));
    }

    [Fact]
    public void Of_two_payments_of_one_order_in_a_batch_the_second_finds_it_paid()
    {
        var order = Place(total: 100);

        Assert.Null(Decide(order).Error);
        Assert.Equal(("orders.not_payable", "PAID"), ErrorOf(Decide(order)));
        Assert.Single(payments.All);
    }

    [Fact]
    public void Of_two_orders_in_a_batch_the_second_finds_what_the_first_left()
    {
        var (one, two) = (Place(total: 1_000), Place(total: 1_000));

        Assert.Null(Decide(one).Error);
        var failed = Decide(two).Error!;

        Assert.Equal(("payments.insufficient_balance", 500L), (failed.Code, failed.Members["shortfall"]));
        Assert.True(failed.CommitsDespiteError);
        Assert.Equal(payments.All[1].PaymentId, failed.Members["paymentId"]);
        Assert.Equal(
            (PaymentStatus.Failed, OrderStatus.PaymentFailed), (payments.All[1].Status, orders.Find(two)!.Status));
        Assert.Equal(500, wallets.BalanceOf(User));
    }

    [Fact]
    public void An_order_past_its_window_is_expired_whoever_has_been_by()
    {
        var order = Place(total: 100, expiresAt: Now);
        Assert.Equal(("orders.not_payable", "EXPIRED"), ErrorOf(Decide(order)));
        Assert.Empty(payments.All);
    }

    [Fact]
    public void An_order_of_another_user_is_not_found() =>
        Assert.Equal(
            "orders.not_found", decider.Decide(new PayOrder(Place(total: 100), Customer(User + 1))).Error?.Code);

    private static (string? Code, object? Status) ErrorOf(Result<Payment> result) =>
        (result.Error?.Code, result.Error?.Members["orderStatus"]);

    private static Caller Customer(long userId) => Caller.OfUser(userId, Permissions.None, new Customers());

    private sealed class Customers : IUserPermissions
    {
        public Permissions Of(long userId) => Permissions.None;
    }

    private Guid Place(long total, DateTimeOffset? expiresAt = null)
    {
        var orderId = Guid.CreateVersion7(Now);
        orders.Add(new Order(
            orderId, User, OrderStatus.Created, [], total, DiscountAmount: 0, total, UserCouponId: null,
            PaymentId: null, Now,
            expiresAt ?? Now.AddMinutes(15), ClosedAt: null));
        return orderId;
    }

    private Result<Payment> Decide(Guid orderId) => decider.Decide(new PayOrder(orderId, Customer(User)));
}
