using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Admission;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Http;
using Shop.BuildingBlocks.Idempotency;
using Shop.BuildingBlocks.Commands;
using Shop.Ordering.Contracts;
using Shop.Payments.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Payments.Payments;

internal sealed record PayOrder(Guid OrderId, Caller Caller) : IHotCommand<Payment>;

internal sealed record PayOrderRequest(Guid OrderId);

internal static class PayOrderEndpoint
{
    public static void MapPayOrder(this IEndpointRouteBuilder payments) => payments
        .MapPost("", (PayOrderRequest body, Caller caller, CommandSender commands, CancellationToken ct) =>
            commands.CreatedAsync(new PayOrder(body.OrderId, caller), payment => $"/api/v1/payments/{payment.PaymentId}", ct))
        .RequireRateLimiting(RateLimits.Payments)
        .WithName(nameof(PayOrder))
        .WithSummary("Pays an order out of the wallet")
        .Refuses("orders.not_found", "orders.not_payable", "payments.insufficient_balance")
        .WithExample(new PayOrderRequest(Guid.Parse("0199d3c4-7a10-7c3e-9d51-2f6b8e0c4a77")))
        .WithDescription("A payment that the wallet does not cover is kept as FAILED, and the order is PAYMENT_FAILED: the refusal names both.");
}

internal sealed class PayOrderHandler(Db db, IOrderSheets orderSheets, IWalletSheets walletSheets, IPaymentSheets paymentSheets, TimeProvider time)
    : IGroupHandler<PayOrder, Payment>
{
    private IOrderSheet orders = null!;
    private IWalletSheet wallets = null!;

    public async Task LockAsync(IReadOnlyList<PayOrder> commands, CancellationToken ct)
    {
        orders = orderSheets.Lock([.. commands.Select(command => command.OrderId)]);
        await db.FlushAsync(ct);
        wallets = walletSheets.Lock([.. commands.Select(command => orders.Find(command.OrderId)).OfType<Order>().Select(order => order.UserId)]);
    }

    public Task<IReadOnlyList<Result<Payment>>> DecideAsync(IReadOnlyList<PayOrder> commands, CancellationToken ct)
    {
        var now = time.UtcNow();
        var payments = paymentSheets.Open();
        var paying = new OrderPaying(orders, wallets, payments, now);
        var outcomes = commands.Select(paying.Decide).ToList();

        wallets.Post(now);
        payments.Post();
        orders.Post();
        return Task.FromResult<IReadOnlyList<Result<Payment>>>(outcomes);
    }
}
