using System.Text.Json;
using Shop.Ordering.Contracts;

namespace Shop.Ordering.Orders.Refunding;

internal sealed record ListRefunds(Guid OrderId, Caller Caller, PageRequest Page) : IQuery<Page<OrderRefund>>;

internal static class ListRefundsEndpoint
{
    public static void MapListRefunds(this IEndpointRouteBuilder orders) => orders
        .MapGet("/{orderId:guid}/refunds", async (
            Guid orderId, Caller caller, [AsParameters] PageRequest page, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(await mediator.Send(new ListRefunds(orderId, caller, page), ct)))
        .WithName(nameof(ListRefunds))
        .WithSummary("The refunds of some of an order, newest first")
        .Fails(OrderErrors.NotFound);
}

internal sealed class ListRefundsHandler(Db db, Cursors cursors) : IRequestHandler<ListRefunds, Page<OrderRefund>>
{
    // An order without refunds has a row of nulls, and one that is not there has none.
    private const string SelectRefunds = """
        select o.user_id, r.number, r.refund_id, r.amount, r.restock, r.reason, r.refunded_at,
            (select json_agg(json_build_object(
                'productId', l.product_id, 'quantity', l.quantity, 'amount', l.amount) order by o_l.line)
            from ordering.refund_lines l
            join ordering.order_lines o_l on o_l.order_id = o.order_id and o_l.product_id = l.product_id
            where l.refund_id = r.refund_id)::text as items
        from ordering.orders o
        left join lateral (
            select number, refund_id, amount, restock, reason, refunded_at
            from ordering.refunds
            where order_id = o.order_id and number < @after
            order by number desc limit @limit) r on true
        where o.order_id = @OrderId
        order by r.number desc
        """;

    private sealed record After(int Number);

    private sealed record Row(
        long UserId, int? Number, Guid? RefundId, long? Amount, bool? Restock, string? Reason,
        DateTimeOffset? RefundedAt, string? Items)
    {
        public OrderRefund ToRefund(Guid orderId) => new(
            RefundId!.Value, orderId, Amount!.Value,
            JsonSerializer.Deserialize<IReadOnlyList<RefundedItem>>(Items!, JsonSerializerOptions.Web)!,
            Restock!.Value, Reason!, RefundedAt!.Value);
    }

    public async Task<Page<OrderRefund>> Handle(ListRefunds request, CancellationToken cancellationToken)
    {
        var list = $"refunds/{request.OrderId}";
        var after = cursors.Read<After>(list, request.Page)?.Number ?? int.MaxValue;
        var rows = await db.QueryAsync<Row>(
            SelectRefunds, new { request.OrderId, after, limit = request.Page.Size + 1 }, cancellationToken);
        if (rows.Count == 0 || !request.Caller.MayRead(rows[0].UserId, Permissions.OrdersRead))
            throw new ErrorException(OrderErrors.NotFound.Of(request.OrderId));
        var refunds = rows.Where(row => row.Number is not null).ToList();
        return cursors.Page(list, request.Page, refunds, last => new After(last.Number!.Value))
            .Select(row => row.ToRefund(request.OrderId));
    }
}
