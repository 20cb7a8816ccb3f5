using FluentValidation;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Commands;
using Shop.BuildingBlocks.Commands.Batching;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Http;
using Shop.BuildingBlocks.Idempotency;
using Shop.Messages;
using Shop.Ordering.Contracts;

namespace Shop.Ordering.Orders;

internal sealed record PlaceOrder(OrderRequest Request) : IBatchedCommand<Order>
{
    public int Lines => Request.Lines;
}

internal static class PlaceOrderEndpoint
{
    public static void MapPlaceOrder(this IEndpointRouteBuilder orders) => orders
        .MapPost("", (OrderRequest body, Caller caller, IdempotentSender commands, CancellationToken ct) =>
        {
            caller.MustActFor(body.UserId);
            return commands.CreatedAsync(new PlaceOrder(body), order => $"/api/v1/orders/{order.OrderId}", ct);
        })
        .RequireRateLimiting(RateLimits.Orders)
        .WithName(nameof(PlaceOrder))
        .WithSummary("Places an order and reserves its stock")
        .Refuses(StatusCodes.Status403Forbidden, "auth.forbidden")
        .Refuses("orders.too_many_open")
        .Refuses(OrderRefusals.Placing)
        .WithExample(new OrderRequest(7, [new RequestedItem(12, 2), new RequestedItem(15, 1)], UserCouponId: 31, IfCouponExpired: ExpiredCoupon.Ignore))
        .WithDescription("Either items (1 to 50 lines, 1 to 1000 of a product) or fromCart. What is ordered from the cart leaves it.");
}

internal sealed class PlaceOrderValidator : AbstractValidator<PlaceOrder>
{
    public PlaceOrderValidator() => RuleFor(command => command.Request).SetValidator(new OrderRequestValidator()).OverridePropertyName("");
}

internal sealed class PlaceOrderHandler(OrderBook book, IOptions<OrderingOptions> options)
    : ICommandBatchHandler<PlaceOrder, Order, PlacingSheets>
{
    public Task<PlacingSheets> LockAsync(IReadOnlyList<PlaceOrder> commands, CancellationToken ct) =>
        book.LockAsync([.. commands.Select(command => command.Request)], paidAtOnce: false, ct);

    public IEnumerable<RowKey> RowsOf(PlaceOrder command, PlacingSheets locked) => locked.RowsOf(command.Request);

    public IReadOnlyList<Result<Order>> Decide(PlacingSheets locked, IReadOnlyList<PlaceOrder> commands)
    {
        var placing = new OrderPlacing(locked, options.Value.PaymentWindow, locked.Now.Value);
        return [.. commands.Select(DecideOne)];

        Result<Order> DecideOne(PlaceOrder command)
        {
            var placed = placing.Decide(command.Request);
            if (placed.Refusal is { } refusal)
                return refusal;
            var order = placed.Value;
            // A look without a lock: the payment decides for good.
            var balance = locked.Wallets.BalanceOf(order.UserId);
            return options.Value.RequireBalanceAtOrder && balance < order.TotalAmount
                ? placing.Undo(order, OrderRefusals.InsufficientBalance(order.TotalAmount, balance))
                : placing.Keep(command.Request, order);
        }
    }

    public void Write(PlacingSheets locked, IReadOnlyList<Result<Order>> decided) =>
        book.Post(locked, [.. decided.Where(result => result.Refusal is null).Select(result => result.Value)]);
}
