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
using Shop.Payments.Contracts;

namespace Shop.Ordering.Orders;

/// <summary>Order and payment in one transaction, or nothing.</summary>
internal sealed record Checkout(OrderRequest Request) : IHotCommand<CheckedOut>;

internal sealed record CheckedOut(Order Order, Payment Payment);

internal static class CheckoutEndpoint
{
    public static void MapCheckout(this IEndpointRouteBuilder api) => api
        .MapPost("/checkout", (OrderRequest body, Caller caller, CommandSender commands, CancellationToken ct) =>
        {
            caller.MustActFor(body.UserId);
            return commands.CreatedAsync(new Checkout(body), done => $"/api/v1/orders/{done.Order.OrderId}", ct);
        })
        .WithTags("Orders")
        .RequireRateLimiting(RateLimits.Orders)
        .WithName(nameof(Checkout))
        .WithSummary("Orders and pays in one step, or leaves nothing behind")
        .Refuses(StatusCodes.Status403Forbidden, "auth.forbidden")
        .Refuses(OrderRefusals.Placing)
        .WithExample(new OrderRequest(7, FromCart: true))
        .WithDescription("Either items (1 to 50 lines, 1 to 1000 of a product) or fromCart. A refusal leaves no order, no reservation and no charge.");
}

internal sealed class CheckoutValidator : AbstractValidator<Checkout>
{
    public CheckoutValidator() => RuleFor(command => command.Request).SetValidator(new OrderRequestValidator()).OverridePropertyName("");
}

internal sealed class CheckoutHandler(OrderBook book, IPaymentSheets paymentSheets, IOptions<OrderingOptions> options, TimeProvider time)
    : IGroupHandler<Checkout, CheckedOut>
{
    private PlacingSheets sheets = null!;

    public async Task LockAsync(IReadOnlyList<Checkout> commands, CancellationToken ct) =>
        sheets = await book.LockAsync([.. commands.Select(command => command.Request)], paidAtOnce: true, ct);

    public Task<IReadOnlyList<Result<CheckedOut>>> DecideAsync(IReadOnlyList<Checkout> commands, CancellationToken ct)
    {
        var now = time.UtcNow();
        var payments = paymentSheets.Open();
        var paid = new Dictionary<Guid, Payment>();
        var placing = new OrderPlacing(sheets, options.Value.PaymentWindow, now, Pay);
        var outcomes = commands.Select(command => Close(placing.Decide(command.Request))).ToList();

        sheets.Wallets.Post(now);
        payments.Post();
        book.Post(sheets, [.. outcomes.Where(outcome => outcome.Refusal is null).Select(outcome => outcome.Value.Order)]);
        return Task.FromResult<IReadOnlyList<Result<CheckedOut>>>(outcomes);

        Refused? Pay(Order order)
        {
            var paymentId = Guid.CreateVersion7(now);
            if (!sheets.Wallets.TryDebit(order.UserId, order.TotalAmount, paymentId))
                return OrderRefusals.InsufficientBalance(order.TotalAmount, sheets.Wallets.BalanceOf(order.UserId));
            paid.Add(order.OrderId, payments.Complete(paymentId, order.OrderId, order.UserId, order.TotalAmount, now));
            return null;
        }

        Result<CheckedOut> Close(Result<Order> placed)
        {
            if (placed.Refusal is { } refusal)
                return refusal;
            var payment = paid[placed.Value.OrderId];
            return new CheckedOut(placed.Value with { Status = OrderStatus.Paid, PaymentId = payment.PaymentId, ClosedAt = now }, payment);
        }
    }
}
