using Shop.Ordering.Contracts;
using Shop.Ordering.Orders;
using Xunit;

namespace Shop.Tests.Ordering;

public sealed class OrderStateMachineTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Only_a_created_order_can_be_paid_or_fail_to_be()
    {
        foreach (var status in Enum.GetValues<OrderStatus>())
        {
            Assert.Equal(status == OrderStatus.Created ? OrderStatus.Paid : null, OrderStateMachine.After(status, OrderAction.Pay));
            Assert.Equal(status == OrderStatus.Created ? OrderStatus.PaymentFailed : null, OrderStateMachine.After(status, OrderAction.FailPayment));
        }
    }

    [Theory]
    [InlineData(OrderStatus.Created, -1, OrderStatus.Created)]
    [InlineData(OrderStatus.Created, 0, OrderStatus.Expired)]
    [InlineData(OrderStatus.Created, 1, OrderStatus.Expired)]
    [InlineData(OrderStatus.Paid, 1, OrderStatus.Paid)]
    [InlineData(OrderStatus.PaymentFailed, 1, OrderStatus.PaymentFailed)]
    public void A_created_order_counts_as_expired_from_the_end_of_its_window_on(OrderStatus status, int ticksAfterTheEnd, OrderStatus effective)
    {
        var order = new Order(Guid.NewGuid(), 1, status, [], 0, 0, 0, null, null, Now.AddMinutes(-15), Now, null);
        Assert.Equal(effective, order.EffectiveAt(Now.AddTicks(ticksAfterTheEnd)));
    }
}
