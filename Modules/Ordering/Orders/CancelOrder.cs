using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Shop.Ordering.Contracts;
using Shop.Payments.Contracts;

namespace Shop.Ordering.Orders;

internal sealed record CancelOrder(Guid OrderId, Caller Caller, string? Reason) : ICommand<Order>;

internal sealed record CancelOrderRequest([property: MaxLength(TextLength.Reason)] string? Reason = null);

internal static class CancelOrderEndpoint
{
    public static void MapCancelOrder(this IEndpointRouteBuilder orders) => orders
        .MapPost("/{orderId:guid}/cancel", (
            Guid orderId, CancelOrderRequest? body, Caller caller, IdempotentSender commands, CancellationToken ct) =>
            commands.OkAsync(new CancelOrder(orderId, caller, body?.Reason), ct))
        .RequireRateLimiting(RateLimits.Orders)
        .IsEveryday()
        .WithName(nameof(CancelOrder))
        .WithSummary("Cancels an order that is not paid, refunds one that is")
        .Fails(OrderErrors.NotFound, OrderErrors.NotCancellable)
        .WithExample(new CancelOrderRequest("too loud"))
        .WithDescription(
            "A reason has at most 500 characters. Stock and coupon come back by event, the money with the answer.");
}

internal sealed class CancelOrderValidator : AbstractValidator<CancelOrder>
{
    public CancelOrderValidator() => RuleFor(command => command.Reason).MaximumCharacters(TextLength.Reason);
}

internal sealed class CancelOrderHandler(
    Db db, OrderLocks locks, IMediator mediator, IOptions<OrderingOptions> options)
    : IRequestHandler<CancelOrder, Order>
{
    public async Task<Order> Handle(CancelOrder request, CancellationToken cancellationToken)
    {
        var orders = locks.Lock([request.OrderId]);
        var clock = db.QueueNow();
        await db.FlushAsync(cancellationToken);
        var now = clock.Value;
        if (orders.Find(request.OrderId) is not { } order
            || !request.Caller.MayRead(order.UserId, Permissions.OrdersRefund))
            throw new ErrorException(OrderErrors.NotFound.Of(request.OrderId));
        var status = order.EffectiveAt(now);
        if (OrderStateMachine.After(status, OrderAction.Cancel) is not { } outcome
            || IsTooLate(order, request.Caller, now))
            throw new ErrorException(OrderErrors.NotCancellable.Of(EnumNames.Of(status)));

        // Stock and coupon come back by event; the money is back when the answer comes.
        if (outcome == OrderStatus.Refunded)
        {
            var rest = order.TotalAmount - order.RefundedAmount;
            await mediator.Send(
                new RefundPayment(order.PaymentId!.Value, order.UserId, rest, Cause: order.OrderId, IsLast: true),
                cancellationToken);
        }

        orders.Cancel(order.OrderId, request.Reason, now);
        orders.Write();
        return orders.Find(order.OrderId)!;
    }

    // With orders:refund a paid order can always be cancelled.
    private bool IsTooLate(Order order, Caller caller, DateTimeOffset now) =>
        order.Status == OrderStatus.Paid && !caller.Has(Permissions.OrdersRefund)
            && (order.FulfilledAt is not null || now - order.ClosedAt >= options.Value.CancelWindow);
}
