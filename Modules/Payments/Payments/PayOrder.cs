using Shop.BuildingBlocks.Commands.Batching;
using Shop.Ordering.Contracts;
using Shop.Payments.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Payments.Payments;

internal sealed record PayOrder(Guid OrderId, Caller Caller) : IBatchedCommand<Payment>;

internal sealed record PayOrderRequest(Guid OrderId);

internal static class PayOrderEndpoint
{
    public static void MapPayOrder(this IEndpointRouteBuilder payments) => payments
        .MapPost("", (PayOrderRequest body, Caller caller, IdempotentSender commands, CancellationToken ct) =>
            commands.CreatedAsync(
                new PayOrder(body.OrderId, caller), payment => $"/api/v1/payments/{payment.PaymentId}", ct))
        .RequireRateLimiting(RateLimits.Payments)
        .IsEveryday()
        .WithName(nameof(PayOrder))
        .WithSummary("Pays an order out of the wallet")
        .Fails(OrderErrors.NotFound, OrderErrors.NotPayable, PaymentErrors.InsufficientBalance)
        .WithExample(new PayOrderRequest(Guid.Parse("0199d3c4-7a10-7c3e-9d51-2f6b8e0c4a77")))
        .WithDescription(
            "A payment that the wallet does not cover is kept as FAILED, and the order is PAYMENT_FAILED: the refusal "
                + "names both.");
}

internal sealed class PayOrderHandler(Db db, IOrderLocks orderLocks, IWalletLocks walletLocks, IPaymentWriter writer)
    : ICommandBatchHandler<PayOrder, Payment, LockedForPaying>
{
    // The orders' users are known once the orders are read.
    public async Task<LockedForPaying> LockAsync(IReadOnlyList<PayOrder> commands, CancellationToken ct)
    {
        var orders = orderLocks.Lock([.. commands.Select(command => command.OrderId)]);
        await db.FlushAsync(ct);
        var users = commands.Select(command => orders.Find(command.OrderId)).OfType<Order>().Select(
            order => order.UserId);
        var wallets = walletLocks.Lock([.. users]);
        return new LockedForPaying(db.QueueNow(), orders, wallets, new NewPayments());
    }

    public IEnumerable<RowKey> RowsOf(PayOrder command, LockedForPaying locked)
    {
        yield return new RowKey(IOrderLocks.Resource, command.OrderId);
        if (locked.Orders.Find(command.OrderId) is { } order)
            yield return new RowKey(IWalletLocks.Resource, order.UserId);
    }

    public IReadOnlyList<Result<Payment>> Decide(LockedForPaying locked, IReadOnlyList<PayOrder> commands)
    {
        var decider = new PaymentDecider(locked);
        return [.. commands.Select(decider.Decide)];
    }

    public void Write(LockedForPaying locked, IReadOnlyList<Result<Payment>> decided)
    {
        locked.Wallets.Write(locked.Now);
        writer.Write(locked.Payments, locked.Now);
        locked.Orders.Write();
    }
}
