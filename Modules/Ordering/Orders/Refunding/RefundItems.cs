using System.ComponentModel.DataAnnotations;
using Shop.Ordering.Contracts;
using Shop.Ordering.Orders.Placing;
using Shop.Payments.Contracts;

namespace Shop.Ordering.Orders.Refunding;

/// <summary>Refunds some of a paid order.</summary>
internal sealed record RefundItems(Guid OrderId, IReadOnlyList<RequestedItem> Items, bool Restock, string Reason)
    : ICommand<OrderRefund>;

/// <param name="Restock">Whether the goods come back to the stock; true where nothing is said.</param>
internal sealed record RefundItemsRequest(
    [property: MaxLength(LineLimits.Lines)] IReadOnlyList<RequestedItem> Items,
    [property: MaxLength(TextLength.Reason)] string Reason, bool? Restock = null);

internal static class RefundItemsEndpoint
{
    public static void MapRefundItems(this IEndpointRouteBuilder orders) => orders
        .MapPost("/{orderId:guid}/refunds", (
            Guid orderId, RefundItemsRequest body, IdempotentSender commands, CancellationToken ct) =>
            commands.CreatedAsync(
                new RefundItems(orderId, body.Items, body.Restock ?? true, body.Reason),
                _ => $"/api/v1/orders/{orderId}/refunds",
                ct))
        .Needs(Permissions.OrdersRefund)
        .RequireRateLimiting(RateLimits.Orders)
        .WithName(nameof(RefundItems))
        .WithSummary("Refunds some of a paid order; its last piece makes it REFUNDED")
        .Fails(HttpErrors.Forbidden, OrderErrors.NotFound, OrderErrors.NotRefundable, OrderErrors.RefundExceeds)
        .WithExample(new RefundItemsRequest([new RequestedItem(12, 1)], "came broken", Restock: false))
        .WithDescription("1 to 50 items, a reason of 1 to 500 characters. Stock comes back by event, unless restock is "
            + "false; the money with the answer.");
}

internal sealed class RefundItemsValidator : AbstractValidator<RefundItems>
{
    public RefundItemsValidator()
    {
        RuleFor(command => command.Reason).NotEmpty().MaximumCharacters(TextLength.Reason);
        RuleFor(command => command.Items).NotNull();
        RuleFor(command => command.Items.Count).InclusiveBetween(1, LineLimits.Lines)
            .OverridePropertyName(nameof(RefundItems.Items))
            .WithMessage($"Must have 1 to {LineLimits.Lines} items.")
            .When(command => command.Items is not null);
        When(command => command.Items is { Count: <= LineLimits.Lines }, () =>
            RuleForEach(command => command.Items).NotNull()
                .ChildRules(item => item.RuleFor(line => line.Quantity).InclusiveBetween(1, LineLimits.Quantity)));
    }
}

internal sealed class RefundItemsHandler(Db db, OrderLocks locks, IMediator mediator)
    : IRequestHandler<RefundItems, OrderRefund>
{
    public async Task<OrderRefund> Handle(RefundItems request, CancellationToken cancellationToken)
    {
        var orders = locks.Lock([request.OrderId]);
        var clock = db.QueueNow();
        await db.FlushAsync(cancellationToken);
        var now = clock.Value;
        if (orders.Find(request.OrderId) is not { } order)
            throw new ErrorException(OrderErrors.NotFound.Of(request.OrderId));
        var status = order.EffectiveAt(now);
        if (status != OrderStatus.Paid)
            throw new ErrorException(OrderErrors.NotRefundable.Of(EnumNames.Of(status)));
        var wanted = request.Items.GroupBy(item => item.ProductId)
            .ToDictionary(product => product.Key, product => product.Sum(item => (long)item.Quantity));
        if (Excesses(order, wanted) is { Count: > 0 } excesses)
            throw new ErrorException(OrderErrors.RefundExceeds.Of(excesses));

        // Stock and, with the last piece, the coupon come back by event; the money is back when the answer comes.
        var refund = orders.Refund(
            order.OrderId, wanted.ToDictionary(item => item.Key, item => (int)item.Value), request.Restock,
            request.Reason, now);
        var isLast = orders.Find(order.OrderId)!.Status == OrderStatus.Refunded;
        await mediator.Send(
            new RefundPayment(order.PaymentId!.Value, order.UserId, refund.Amount, refund.RefundId, isLast),
            cancellationToken);
        orders.Write();
        return refund;
    }

    private static List<RefundExcess> Excesses(Order order, Dictionary<long, long> wanted) =>
    [
        .. wanted.Select(item => new RefundExcess(item.Key, item.Value, Refundable(order, item.Key)))
            .Where(item => item.Requested > item.Refundable),
    ];

    private static int Refundable(Order order, long productId) =>
        order.Items.FirstOrDefault(item => item.ProductId == productId) is { } item
            ? item.Quantity - item.RefundedQuantity
            : 0;
}
