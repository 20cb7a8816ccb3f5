using System.ComponentModel.DataAnnotations;
using Shop.Ordering.Contracts;

namespace Shop.Ordering.Orders;

/// <summary>Says that a paid order has left the house: from then on its customer can't cancel it.</summary>
internal sealed record FulfilOrder(Guid OrderId, string? Reference) : ICommand<Order>;

internal sealed record FulfilOrderRequest([property: MaxLength(TextLength.Reason)] string? Reference = null);

internal static class FulfilOrderEndpoint
{
    public static void MapFulfilOrder(this IEndpointRouteBuilder orders) => orders
        .MapPost("/{orderId:guid}/fulfilment", (
            Guid orderId, FulfilOrderRequest? body, IdempotentSender commands, CancellationToken ct) =>
            commands.OkAsync(new FulfilOrder(orderId, body?.Reference), ct))
        .Needs(Permissions.OrdersFulfil)
        .WithName(nameof(FulfilOrder))
        .WithSummary("Says that a paid order has left the house")
        .Fails(OrderErrors.NotFound, OrderErrors.NotFulfillable)
        .WithExample(new FulfilOrderRequest("parcel 6892"))
        .WithDescription("A reference has at most 500 characters. A repeat changes nothing and gets the same answer.");
}

internal sealed class FulfilOrderValidator : AbstractValidator<FulfilOrder>
{
    public FulfilOrderValidator() => RuleFor(command => command.Reference).MaximumCharacters(TextLength.Reason);
}

internal sealed class FulfilOrderHandler(Db db, OrderLocks locks) : IRequestHandler<FulfilOrder, Order>
{
    private const string Fulfil = """
        update ordering.orders set fulfilled_at = @now, fulfilment_reference = @Reference where order_id = @OrderId
        """;

    public async Task<Order> Handle(FulfilOrder request, CancellationToken cancellationToken)
    {
        var orders = locks.Lock([request.OrderId]);
        var clock = db.QueueNow();
        await db.FlushAsync(cancellationToken);
        var now = clock.Value;
        if (orders.Find(request.OrderId) is not { } order)
            throw new ErrorException(OrderErrors.NotFound.Of(request.OrderId));
        var status = order.EffectiveAt(now);
        if (status != OrderStatus.Paid)
            throw new ErrorException(OrderErrors.NotFulfillable.Of(EnumNames.Of(status)));
        if (order.FulfilledAt is not null)
            return order;

        db.QueueWrite(
            Fulfil,
            rows: 1,
            ("OrderId", request.OrderId),
            ("Reference", (object?)request.Reference ?? DBNull.Value),
            ("now", now));
        return order with { FulfilledAt = now, FulfilmentReference = request.Reference };
    }
}
