using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Commands.Batching;
using Shop.Ordering.Contracts;
using Shop.Payments.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Ordering.Orders.Placing;

/// <summary>Order and payment in one transaction, or nothing.</summary>
/// <param name="PlacedBy">Null: the customer.</param>
internal sealed record Checkout(OrderRequest Request, OrderActor? PlacedBy = null) : IBatchedCommand<CheckedOut>
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
            return commands.CreatedAsync(
                new Checkout(body, OrderActors.Of(caller, body.UserId)),
                done => $"/api/v1/orders/{done.Order.OrderId}",
                ct);
        })
        .WithTags("Orders")
        .RequireRateLimiting(RateLimits.Orders)
        .IsEveryday()
        .WithName(nameof(Checkout))
        .WithSummary("Orders and pays in one step, or leaves nothing behind")
        .Fails([HttpErrors.Forbidden, .. OrderDecider.Errors])
        .WithExample(new OrderRequest(7, FromCart: true))
        .WithDescription("Either items (1 to 50 lines, 1 to 1000 of a product) or fromCart, perhaps with productIds. "
            + "A refusal leaves no order, no reservation and no charge.");
}

internal sealed class CheckoutValidator : AbstractValidator<Checkout>
{
    public CheckoutValidator() => RuleFor(command => command.Request)
        .SetValidator(new OrderRequestValidator())
        .OverridePropertyName("");
}

internal sealed record LockedForCheckout(LockedForOrdering Ordering, ILockedWallets Wallets, NewPayments Payments);

internal sealed class CheckoutHandler(
    NewOrders orders, IWalletLocks walletLocks, IPaymentWriter payments, IOptions<OrderingOptions> options)
    : ICommandBatchHandler<Checkout, CheckedOut, LockedForCheckout>
{
    public async Task<LockedForCheckout> LockAsync(IReadOnlyList<Checkout> commands, CancellationToken ct)
    {
        var (ordering, wallets) = await orders.LockAsync(
            [.. commands.Select(command => command.Request)], counts: false, users => walletLocks.Lock(users), ct);
        return new LockedForCheckout(ordering, wallets, new NewPayments());
    }

    public IEnumerable<RowKey> RowsOf(Checkout command, LockedForCheckout locked) =>
        NewOrders.RowsOf(command.Request, locked.Ordering)
            .Append(new RowKey(IWalletLocks.Resource, command.Request.UserId));

    public IReadOnlyList<Result<CheckedOut>> Decide(LockedForCheckout locked, IReadOnlyList<Checkout> commands)
    {
        var decider = new OrderDecider(locked.Ordering, options.Value.PaymentWindow, sells: true);
        return [.. commands.Select(command => Decide(locked, decider, command))];
    }

    public void Write(LockedForCheckout locked, IReadOnlyList<Result<CheckedOut>> decided)
    {
        orders.Write(
            locked.Ordering, [.. decided.Where(result => result.Error is null).Select(result => result.Value.Order)]);
        locked.Wallets.Write(locked.Ordering.Now);
        payments.Write(locked.Payments, locked.Ordering.Now);
    }

    private static Result<CheckedOut> Decide(LockedForCheckout locked, OrderDecider decider, Checkout command)
    {
        var placed = decider.Decide(command.Request, command.PlacedBy);
        if (placed.Error is { } error)
            return error;
        var (order, now) = (placed.Value, locked.Ordering.Now);
        var paymentId = Guid.CreateVersion7(now);
        if (!locked.Wallets.TryDebit(order.UserId, order.TotalAmount, paymentId, order.OrderId))
        {
            var balance = locked.Wallets.BalanceOf(order.UserId);
            return decider.Undo(order, PaymentErrors.InsufficientBalance.Of(new(order.TotalAmount - balance)));
        }

        var payment = locked.Payments.Complete(paymentId, order.OrderId, order.UserId, order.TotalAmount, now);
        return new CheckedOut(decider.Keep(command.Request, order.Paid(paymentId, now)), payment);
    }
}
