using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Commands.Batching;
using Shop.Ordering.Contracts;
using Shop.Payments.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Ordering.Orders.Placing;

/// <param name="PlacedBy">Null: the customer.</param>
internal sealed record PlaceOrder(OrderRequest Request, OrderActor? PlacedBy = null) : IBatchedCommand<Order>
{
    public int Lines => Request.Lines;
}

internal static class PlaceOrderEndpoint
{
    public static void MapPlaceOrder(this IEndpointRouteBuilder orders) => orders
        .MapPost("", (OrderRequest body, Caller caller, IdempotentSender commands, CancellationToken ct) =>
        {
            caller.MustActFor(body.UserId);
            return commands.CreatedAsync(
                new PlaceOrder(body, OrderActors.Of(caller, body.UserId)),
                order => $"/api/v1/orders/{order.OrderId}",
                ct);
        })
        .RequireRateLimiting(RateLimits.Orders)
        .IsEveryday()
        .WithName(nameof(PlaceOrder))
        .WithSummary("Places an order and reserves its stock")
        .Fails([HttpErrors.Forbidden, OrderErrors.TooManyOpen, .. OrderDecider.Errors])
        .WithExample(new OrderRequest(
            7,
            [new RequestedItem(12, 2), new RequestedItem(15, 1)],
            UserCouponId: 31,
            IfCouponExpired: ExpiredCoupon.Ignore))
        .WithDescription("Either items (1 to 50 lines, 1 to 1000 of a product) or fromCart, perhaps with productIds. "
            + "What is ordered from the cart leaves it.");
}

internal sealed class PlaceOrderValidator : AbstractValidator<PlaceOrder>
{
    public PlaceOrderValidator() => RuleFor(command => command.Request)
        .SetValidator(new OrderRequestValidator())
        .OverridePropertyName("");
}

internal sealed class PlaceOrderHandler(NewOrders orders, IWalletLocks walletLocks, IOptions<OrderingOptions> options)
    : ICommandBatchHandler<PlaceOrder, Order, LockedForOrdering>
{
    // Wallets are read without a lock: the payment decides for good.
    public async Task<LockedForOrdering> LockAsync(IReadOnlyList<PlaceOrder> commands, CancellationToken ct)
    {
        var (locked, _) = await orders.LockAsync(
            [.. commands.Select(command => command.Request)], counts: true, users => walletLocks.Read(users), ct);
        return locked;
    }

    public IEnumerable<RowKey> RowsOf(PlaceOrder command, LockedForOrdering locked) =>
        NewOrders.RowsOf(command.Request, locked);

    public IReadOnlyList<Result<Order>> Decide(LockedForOrdering locked, IReadOnlyList<PlaceOrder> commands)
    {
        var decider = new OrderDecider(locked, options.Value.PaymentWindow, sells: false);
        return [.. commands.Select(command => Decide(locked, decider, command))];
    }

    public void Write(LockedForOrdering locked, IReadOnlyList<Result<Order>> decided) =>
        orders.Write(locked, [.. decided.Where(result => result.Error is null).Select(result => result.Value)]);

    private Result<Order> Decide(LockedForOrdering locked, OrderDecider decider, PlaceOrder command)
    {
        var placed = decider.Decide(command.Request, command.PlacedBy);
        if (placed.Error is { } error)
            return error;
        var order = placed.Value;
        var balance = locked.Wallets.BalanceOf(order.UserId);
        return options.Value.RequireBalanceAtOrder && balance < order.TotalAmount
            ? decider.Undo(order, PaymentErrors.InsufficientBalance.Of(new(order.TotalAmount - balance)))
            : decider.Keep(command.Request, order);
    }
}
