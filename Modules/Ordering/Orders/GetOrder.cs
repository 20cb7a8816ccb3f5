using Shop.Ordering.Contracts;

namespace Shop.Ordering.Orders;

internal sealed record GetOrder(Guid OrderId, Caller Caller) : IQuery<Order>;

internal static class GetOrderEndpoint
{
    public static void MapGetOrder(this IEndpointRouteBuilder orders) => orders
        .MapGet("/{orderId:guid}", async (Guid orderId, Caller caller, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(await mediator.Send(new GetOrder(orderId, caller), ct)))
        .WithName(nameof(GetOrder))
        .WithSummary("An order with its lines")
        .Fails(OrderErrors.NotFound);
}

internal sealed class GetOrderHandler(Db db) : IRequestHandler<GetOrder, Order>
{
    // Another user's order is not found, rather than forbidden: ids tell nothing.
    private const string SelectOrder = $"{OrderRow.Select} where o.order_id = @OrderId";

    public async Task<Order> Handle(GetOrder request, CancellationToken cancellationToken)
    {
        var row = await db.QuerySingleOrDefaultAsync<OrderRow>(
            SelectOrder, new { request.OrderId }, cancellationToken);
        return row is not null && request.Caller.MayRead(row.UserId, Permissions.OrdersRead)
            ? row.ToOrder()
            : throw new ErrorException(OrderErrors.NotFound.Of(request.OrderId));
    }
}
