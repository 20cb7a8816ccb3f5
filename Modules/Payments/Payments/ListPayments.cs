using Shop.Identity.Contracts;
using Shop.Payments.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Payments.Payments;

internal sealed record ListPayments(long UserId, PageRequest Page) : IQuery<Page<Payment>>;

internal static class ListPaymentsEndpoint
{
    public static void MapListPayments(this IEndpointRouteBuilder payments) => payments
        .MapGet("", async (long userId, [AsParameters] PageRequest page, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(await mediator.Send(new ListPayments(userId, page), ct)))
        .WithName(nameof(ListPayments))
        .WithSummary("A user's payments, newest first")
        .Fails(WalletErrors.UserNotFound);
}

internal sealed class ListPaymentsHandler(Db db, IMediator mediator, Cursors cursors)
    : IRequestHandler<ListPayments, Page<Payment>>
{
    private const string SelectPayments = $"""
        {PaymentRow.Select}
        where user_id = @UserId
            and (@createdAt::timestamptz is null or (created_at, payment_id) < (@createdAt, @paymentId))
        order by created_at desc, payment_id desc
        limit @limit
        """;

    private sealed record After(DateTimeOffset CreatedAt, Guid PaymentId);

    public async Task<Page<Payment>> Handle(ListPayments request, CancellationToken cancellationToken)
    {
        var list = $"payments/{request.UserId}";
        var after = cursors.Read<After>(list, request.Page);
        var rows = await db.QueryAsync<PaymentRow>(
            SelectPayments, new { request.UserId, after?.CreatedAt, after?.PaymentId, limit = request.Page.Size + 1 },
            cancellationToken);
        if (rows.Count == 0 && !await mediator.Send(new UserExists(request.UserId), cancellationToken))
            throw new ErrorException(WalletErrors.UserNotFound.Of(request.UserId));
        return cursors.Page(list, request.Page, rows, last => new After(last.CreatedAt, last.PaymentId)).Select(
            row => row.ToPayment());
    }
}
