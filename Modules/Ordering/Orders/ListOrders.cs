using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Shop.Identity.Contracts;
using Shop.Ordering.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Ordering.Orders;

/// <param name="UserId">The user, or null for all users.</param>
/// <param name="From">Ordered at this time or later.</param>
/// <param name="To">Ordered before this time.</param>
internal sealed record ListOrders(
    long? UserId, OrderStatus? Status, DateTimeOffset? From, DateTimeOffset? To, PageRequest Page)
    : IQuery<Page<Order>>, IReplicaQuery
{
    // A customer's own list has the order that was just placed.
    public bool MayBeBehind => UserId is null;
}

internal static class ListOrdersEndpoints
{
    public static void MapListOrders(this IEndpointRouteBuilder orders) => orders
        .MapGet("", async (
            long userId,
            [Description("Only those in this state."), OneOf(typeof(OrderStatus))] string? status,
            [AsParameters] PageRequest page,
            IMediator mediator,
            CancellationToken ct) =>
        {
            var listed = EnumQuery.Parse<OrderStatus>("status", status);
            return TypedResults.Ok(await mediator.Send(new ListOrders(userId, listed, null, null, page), ct));
        })
        .WithName(nameof(ListOrders))
        .WithSummary("A user's orders, newest first")
        .Fails(WalletErrors.UserNotFound);

    public static void MapListAllOrders(this IEndpointRouteBuilder orders) => orders
        .MapGet("", async (
            [Description("Whose; everybody's without it.")] long? userId,
            [Description("Only those in this state."), OneOf(typeof(OrderStatus))] string? status,
            [Description("Only those of this time or later."), DataType(DataType.DateTime)] string? from,
            [Description("Only those of before this time."), DataType(DataType.DateTime)] string? to,
            [AsParameters] PageRequest page,
            IMediator mediator,
            CancellationToken ct) =>
        {
            var listed = EnumQuery.Parse<OrderStatus>("status", status);
            var (since, until) = (TimeQuery.Parse("from", from), TimeQuery.Parse("to", to));
            return TypedResults.Ok(await mediator.Send(new ListOrders(userId, listed, since, until, page), ct));
        })
        .WithName("ListAllOrders")
        .WithSummary("Everybody's orders, newest first")
        .Fails(WalletErrors.UserNotFound);
}

internal sealed class ListOrdersHandler(Db db, IMediator mediator, Cursors cursors)
    : IRequestHandler<ListOrders, Page<Order>>
{
    private sealed record After(Guid OrderId);

    /// <summary>Only the conditions that are asked for: each then has its index, whoever made the plan.</summary>
    internal static string SelectPage(ListOrders request, bool isFirst)
    {
        string?[] conditions =
        [
            request.UserId is null ? null : "o.user_id = @UserId",
            request.Status is null ? null : "o.status = @status",
            request.From is null ? null : "o.order_id >= @since and o.created_at >= @From",
            request.To is null ? null : "o.order_id < @until and o.created_at < @To",
            isFirst ? null : "o.order_id < @after",
        ];
        var wanted = string.Join(" and ", conditions.OfType<string>());
        return $"""
            {OrderRow.Select}
            {(wanted.Length == 0 ? "" : $"where {wanted}")}
            order by o.order_id desc
            limit @limit
            """;
    }

    public async Task<Page<Order>> Handle(ListOrders request, CancellationToken cancellationToken)
    {
        var status = request.Status is { } wanted ? EnumNames.Of(wanted) : null;
        var list = $"orders/{request.UserId}/{status}/{request.From?.UtcTicks}/{request.To?.UtcTicks}";
        var after = cursors.Read<After>(list, request.Page)?.OrderId;
        var parameters = new
        {
            request.UserId,
            status,
            request.From,
            request.To,
            since = OrderIds.First(request.From),
            until = OrderIds.Behind(request.To),
            after,
            limit = request.Page.Size + 1,
        };
        var rows = await db.QueryAsync<OrderRow>(SelectPage(request, after is null), parameters, cancellationToken);
        if (rows.Count == 0 && request.UserId is { } userId
            && !await mediator.Send(new UserExists(userId), cancellationToken))
            throw new ErrorException(WalletErrors.UserNotFound.Of(userId));
        return cursors.Page(list, request.Page, rows, last => new After(last.OrderId)).Select(row => row.ToOrder());
    }
}
