using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Http;
using Shop.BuildingBlocks.Pipeline;
using Shop.Ordering.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Payments.Payments;

internal sealed record PayOrder(Guid OrderId, Caller Caller) : IHotCommand<Payment>;

internal sealed record PayOrderRequest(Guid OrderId);

internal static class PayOrderEndpoint
{
    public static void MapPayOrder(this IEndpointRouteBuilder payments) => payments
        .MapPost("", async (PayOrderRequest body, Caller caller, IMediator mediator, CancellationToken ct) =>
        {
            var payment = await mediator.Send(new PayOrder(body.OrderId, caller), ct);
            return TypedResults.Created($"/api/v1/payments/{payment.PaymentId}", payment);
        })
        .WithName(nameof(PayOrder))
        .WithSummary("Pays an order out of the wallet");
}

internal sealed class PayOrderHandler(Db db, IOrderSheets orderSheets, IWalletSheets walletSheets, TimeProvider time) : IGroupHandler<PayOrder, Payment>
{
    private const string InsertPayments = """
        insert into payments.payments (payment_id, order_id, user_id, amount, status, created_at, paid_at)
        select payment_id, order_id, user_id, amount, status, @now, paid_at
        from unnest(@payments, @orders, @users, @amounts, @statuses, @paid) as p (payment_id, order_id, user_id, amount, status, paid_at)
        """;

    public async Task<IReadOnlyList<Outcome<Payment>>> Handle(IReadOnlyList<PayOrder> commands, CancellationToken ct)
    {
        var orders = orderSheets.Lock([.. commands.Select(command => command.OrderId)]);
        await db.FlushAsync(ct);
        var wallets = walletSheets.Lock([.. commands.Select(command => orders.Find(command.OrderId)).OfType<Order>().Select(order => order.UserId)]);
        await db.FlushAsync(ct);

        var now = time.UtcNow();
        var paying = new OrderPaying(orders, wallets, now);
        var outcomes = commands.Select(paying.Decide).ToList();

        wallets.Post(now);
        Post(paying.Payments, now);
        orders.Post();
        return outcomes;
    }

    private void Post(IReadOnlyList<Payment> payments, DateTimeOffset now)
    {
        if (payments.Count == 0)
            return;
        db.QueueWrite(
            InsertPayments,
            payments.Count,
            ("payments", payments.Select(payment => payment.PaymentId).ToArray()),
            ("orders", payments.Select(payment => payment.OrderId).ToArray()),
            ("users", payments.Select(payment => payment.UserId).ToArray()),
            ("amounts", payments.Select(payment => payment.Amount).ToArray()),
            ("statuses", payments.Select(payment => EnumNames.Of(payment.Status)).ToArray()),
            ("paid", payments.Select(payment => payment.PaidAt).ToArray()),
            ("now", now));
    }
}
