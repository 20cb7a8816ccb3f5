using FluentValidation;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Admission;
using Shop.BuildingBlocks.Http;
using Shop.BuildingBlocks.Idempotency;
using Shop.BuildingBlocks.Commands;
using Shop.Ordering.Contracts;

namespace Shop.Ordering.Orders;

internal sealed record PlaceOrder(OrderRequest Request) : IHotCommand<Order>;

internal static class PlaceOrderEndpoint
{
    public static void MapPlaceOrder(this IEndpointRouteBuilder orders) => orders
        .MapPost("", (OrderRequest body, Caller caller, CommandSender commands, CancellationToken ct) =>
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

internal sealed class PlaceOrderHandler(OrderBook book, IOptions<OrderingOptions> options, TimeProvider time) : IGroupHandler<PlaceOrder, Order>
{
    private PlacingSheets sheets = null!;

    public async Task LockAsync(IReadOnlyList<PlaceOrder> commands, CancellationToken ct) =>
        sheets = await book.LockAsync([.. commands.Select(command => command.Request)], paidAtOnce: false, ct);

    public Task<IReadOnlyList<Result<Order>>> DecideAsync(IReadOnlyList<PlaceOrder> commands, CancellationToken ct)
    {
        var placing = new OrderPlacing(sheets, options.Value.PaymentWindow, time.UtcNow(), RefuseUnpayable);
        var outcomes = commands.Select(command => placing.Decide(command.Request)).ToList();

        book.Post(sheets, [.. outcomes.Where(outcome => outcome.Refusal is null).Select(outcome => outcome.Value)]);
        return Task.FromResult<IReadOnlyList<Result<Order>>>(outcomes);
    }

    // A look without a lock: the payment decides for good.
    private Refused? RefuseUnpayable(Order order)
    {
        var balance = sheets.Wallets.BalanceOf(order.UserId);
        return options.Value.RequireBalanceAtOrder && balance < order.TotalAmount ? OrderRefusals.InsufficientBalance(order.TotalAmount, balance) : null;
    }
}
