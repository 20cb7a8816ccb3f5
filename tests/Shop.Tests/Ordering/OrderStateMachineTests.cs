using Shop.Ordering.Contracts;
using Shop.Ordering.Orders;
using Xunit;

namespace Shop.Tests.Ordering;

public sealed class OrderStateMachineTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);

    private static readonly Dictionary<(OrderStatus, OrderAction), OrderStatus> Allowed = new()
    {
        [(OrderStatus.Created, OrderAction.Pay)] = OrderStatus.Paid,
        [(OrderStatus.Created, OrderAction.FailPayment)] = OrderStatus.PaymentFailed,
        [(OrderStatus.Created, OrderAction.Cancel)] = OrderStatus.Cancelled,
        [(OrderStatus.Created, OrderAction.Expire)] = OrderStatus.Expired,
        [(OrderStatus.Paid, OrderAction.Cancel)] = OrderStatus.Refunded,
    };

    [Fact]
    public void Every_action_on_every_status_is_allowed_or_refused()
    {
        foreach (var status in Enum.GetValues<OrderStatus>())
        {
            foreach (var action in Enum.GetValues<OrderAction>())
                Assert.Equal(
                    Allowed.TryGetValue((status, action), out var after) ? after : null,
                    OrderStateMachine.After(status, action));
        }
    }

    [Theory]
    [InlineData(OrderStatus.Created, -1, OrderStatus.Created)]
    [InlineData(OrderStatus.Created, 0, OrderStatus.Expired)]
    [InlineData(OrderStatus.Created, 1, OrderStatus.Expired)]
    [InlineData(OrderStatus.Paid, 1, OrderStatus.Paid)]
    [InlineData(OrderStatus.PaymentFailed, 1, OrderStatus.PaymentFailed)]
    public void A_created_order_counts_as_expired_from_the_end_of_its_window_on(
        OrderStatus status, int ticksAfterTheEnd, OrderStatus effective)
    {
        var order = new Order(Guid.NewGuid(), 1, status, [], 0, 0, 0, null, null, Now.AddMinutes(-15), Now, null);
        Assert.Equal(effective, order.EffectiveAt(Now.AddTicks(ticksAfterTheEnd)));
    }
}
