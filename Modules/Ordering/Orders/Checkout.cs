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
using Shop.Payments.Contracts;

namespace Shop.Ordering.Orders;

/// <summary>Order and payment in one transaction, or nothing.</summary>
internal sealed record Checkout(OrderRequest Request) : IBatchedCommand<CheckedOut>
{
    public int Lines => Request.Lines;
}

internal sealed record CheckedOut(Order Order, Payment Payment);

internal static class CheckoutEndpoint
{
    public static void MapCheckout(this IEndpointRouteBuilder api) => api
        .MapPost("/checkout", (OrderRequest body, Caller caller, IdempotentSender commands, CancellationToken ct) =>
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

internal sealed class CheckoutHandler(OrderBook book, IPaymentSheets paymentSheets, IOptions<OrderingOptions> options)
    : ICommandBatchHandler<Checkout, CheckedOut, PlacingSheets>
{
    public Task<PlacingSheets> LockAsync(IReadOnlyList<Checkout> commands, CancellationToken ct) =>
        book.LockAsync([.. commands.Select(command => command.Request)], paidAtOnce: true, ct);

    public IEnumerable<RowKey> RowsOf(Checkout command, PlacingSheets locked) => locked.RowsOf(command.Request);

    public IReadOnlyList<Result<CheckedOut>> Decide(PlacingSheets locked, IReadOnlyList<Checkout> commands)
    {
        var now = locked.Now.Value;
        var placing = new OrderPlacing(locked, options.Value.PaymentWindow, now);
        return [.. commands.Select(DecideOne)];

        Result<CheckedOut> DecideOne(Checkout command)
        {
            var placed = placing.Decide(command.Request);
            if (placed.Refusal is { } refusal)
                return refusal;
            var order = placed.Value;
            var paymentId = Guid.CreateVersion7(now);
            if (!locked.Wallets.TryDebit(order.UserId, order.TotalAmount, paymentId))
                return placing.Undo(
                    order, OrderRefusals.InsufficientBalance(order.TotalAmount, locked.Wallets.BalanceOf(order.UserId)));
            var payment = new Payment(
                paymentId, order.OrderId, order.UserId, order.TotalAmount, PaymentStatus.Completed, PaidAt: now, RefundedAt: null);
            return new CheckedOut(
                placing.Keep(command.Request, order with { Status = OrderStatus.Paid, PaymentId = paymentId, ClosedAt = now }), payment);
        }
    }

    public void Write(PlacingSheets locked, IReadOnlyList<Result<CheckedOut>> decided)
    {
        var checkedOut = decided.Where(result => result.Refusal is null).Select(result => result.Value).ToList();
        var payments = paymentSheets.Open();
        foreach (var (_, payment) in checkedOut)
            payments.Complete(payment.PaymentId, payment.OrderId, payment.UserId, payment.Amount, locked.Now.Value);
        book.Post(locked, checkedOut.ConvertAll(done => done.Order));
        locked.Wallets.Post(locked.Now.Value);
        payments.Post();
    }
}
