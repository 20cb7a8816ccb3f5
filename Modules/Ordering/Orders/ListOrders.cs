using System.ComponentModel;
using Shop.Identity.Contracts;
using Shop.Ordering.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Ordering.Orders;

/// <param name="UserId">The user, or null for all users.</param>
internal sealed record ListOrders(long? UserId, OrderStatus? Status, PageRequest Page) : IQuery<Page<Order>>;

internal static class ListOrdersEndpoints
{
    public static void MapListOrders(this IEndpointRouteBuilder orders) => orders
        .MapGet("", async (
            long userId, [Description("Only those in this state."), OneOf(typeof(OrderStatus))] string? status,
            [AsParameters] PageRequest page, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(
                await mediator.Send(new ListOrders(userId, EnumQuery.Parse<OrderStatus>("status", status), page), ct)))
        .WithName(nameof(ListOrders))
        .WithSummary("A user's orders, newest first")
        .Fails(WalletErrors.UserNotFound);

    public static void MapListAllOrders(this IEndpointRouteBuilder orders) => orders
        .MapGet("", async (
            [Description("Whose; everybody's without it.")] long? userId,
            [Description("Only those in this state."), OneOf(typeof(OrderStatus))] string? status,
            [AsParameters] PageRequest page, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(
                await mediator.Send(new ListOrders(userId, EnumQuery.Parse<OrderStatus>("status", status), page), ct)))
        .WithName("ListAllOrders")
        .WithSummary("Everybody's orders, newest first")
        .Fails(WalletErrors.UserNotFound);
}

internal sealed class ListOrdersHandler(Db db, IMediator mediator, Cursors cursors)
    : IRequestHandler<ListOrders, Page<Order>>
{
    // Ids are UUIDv7: newest first is by id, downwards.
    private const string SelectOrders = $"""
        {OrderRow.Select}
        where (@UserId::bigint is null or o.user_id = @UserId) and (@status::text is null or o.status = @status)
          and (@after::uuid is null or o.order_id < @after)
        order by o.order_id desc
        limit @limit
        """;

    private sealed record After(Guid OrderId);

    public async Task<Page<Order>> Handle(ListOrders request, CancellationToken cancellationToken)
    {
        var status = request.Status is { } wanted ? EnumNames.Of(wanted) : null;
        var list = $"orders/{request.UserId}/{status}";
        var after = cursors.Read<After>(list, request.Page)?.OrderId;
        var rows = await db.QueryAsync<OrderRow>(
            SelectOrders, new { request.UserId, status, after, limit = request.Page.Size + 1 }, cancellationToken);
        if (rows.Count == 0 && request.UserId is { } userId
            && !await mediator.Send(new UserExists(userId), cancellationToken))
            throw new ErrorException(WalletErrors.UserNotFound.Of(userId));
        return cursors.Page(list, request.Page, rows, last => new After(last.OrderId)).Select(row => row.ToOrder());
    }
}
