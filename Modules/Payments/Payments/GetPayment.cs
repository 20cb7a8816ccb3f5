using Shop.Payments.Contracts;

namespace Shop.Payments.Payments;

internal sealed record GetPayment(Guid PaymentId, Caller Caller) : IQuery<Payment>;

internal static class GetPaymentEndpoint
{
    public static void MapGetPayment(this IEndpointRouteBuilder payments) => payments
        .MapGet("/{paymentId:guid}", async (Guid paymentId, Caller caller, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(await mediator.Send(new GetPayment(paymentId, caller), ct)))
        .WithName(nameof(GetPayment))
        .WithSummary("A payment")
        .Fails(PaymentErrors.NotFound);
}

internal sealed class GetPaymentHandler(Db db) : IRequestHandler<GetPayment, Payment>
{
    private const string SelectPayment = $"{PaymentRow.Select} where payment_id = @PaymentId";

    public async Task<Payment> Handle(GetPayment request, CancellationToken cancellationToken)
    {
        var row = await db.QuerySingleOrDefaultAsync<PaymentRow>(
            SelectPayment, new { request.PaymentId }, cancellationToken);
        return row is not null && request.Caller.MayRead(row.UserId, Permissions.OrdersRead)
            ? row.ToPayment()
            : throw new ErrorException(PaymentErrors.NotFound.Of(request.PaymentId));
    }
}
