using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Http;
using Shop.BuildingBlocks.Pipeline;
using Shop.Messages;
using Shop.Ordering.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Ordering.Orders;

internal sealed record ListOrders(long UserId, OrderStatus? Status, PageRequest Page) : IQuery<Page<Order>>;

internal static class ListOrdersEndpoint
{
    public static void MapListOrders(this IEndpointRouteBuilder orders) => orders
        .MapGet("", async (long userId, string? status, [AsParameters] PageRequest page, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(await mediator.Send(new ListOrders(userId, EnumQuery.Parse<OrderStatus>("status", status), page), ct)))
        .WithName(nameof(ListOrders))
        .WithSummary("A user's orders, newest first");
}

internal sealed class ListOrdersHandler(Db db, IMediator mediator, Cursors cursors) : IRequestHandler<ListOrders, Page<Order>>
{
    private const string SelectOrders = $"""
        {OrderRow.Select}
        where o.user_id = @UserId and (@status::text is null or o.status = @status)
          and (@createdAt::timestamptz is null or (o.created_at, o.order_id) < (@createdAt, @orderId))
        order by o.created_at desc, o.order_id desc
        limit @limit
        """;

    private sealed record After(DateTimeOffset CreatedAt, Guid OrderId);

    public async Task<Page<Order>> Handle(ListOrders request, CancellationToken cancellationToken)
    {
        var status = request.Status is { } wanted ? EnumNames.Of(wanted) : null;
        var list = $"orders/{request.UserId}/{status}";
        var after = cursors.Read<After>(list, request.Page);
        var rows = await db.QueryAsync<OrderRow>(
            SelectOrders, new { request.UserId, status, after?.CreatedAt, after?.OrderId, limit = request.Page.Size + 1 }, cancellationToken);
        if (rows.Count == 0 && !await mediator.Send(new UserExists(request.UserId), cancellationToken))
            throw Refused.UserNotFound(request.UserId);
        return cursors.Page(list, request.Page, rows, last => new After(last.CreatedAt, last.OrderId)).Select(row => row.ToOrder());
    }
}
