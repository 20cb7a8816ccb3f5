using Shop.Identity.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Wallet.Wallets;

internal sealed record GetHistory(long UserId, PageRequest Page) : IQuery<Page<HistoryEntry>>;

/// <param name="Amount">Signed: the change of the balance.</param>
/// <param name="Reference">
/// The payment, for PAYMENT and REFUND; the top-up, for a CHARGE that came of one; the reason of an ADJUSTMENT.
/// </param>
internal sealed record HistoryEntry(
    long TransactionId, string Type, long Amount, long BalanceAfter, string? Reference, DateTimeOffset OccurredAt);

internal static class GetHistoryEndpoint
{
    public static void MapGetHistory(this IEndpointRouteBuilder balance) => balance
        .MapGet("/history", async (
            long userId, [AsParameters] PageRequest page, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(await mediator.Send(new GetHistory(userId, page), ct)))
        .AlsoFor(Permissions.UsersRead)
        .WithName("GetBalanceHistory")
        .WithSummary("A wallet's ledger, newest first")
        .Fails(WalletErrors.UserNotFound);
}

internal sealed class GetHistoryHandler(Db db, IMediator mediator, Cursors cursors)
    : IRequestHandler<GetHistory, Page<HistoryEntry>>
{
    private const string SelectEntries = """
        select transaction_id, type, amount, balance_after, coalesce(reference::text, reason) as reference, occurred_at
        from wallet.ledger
        where user_id = @UserId and (@after::bigint is null or transaction_id < @after)
        order by transaction_id desc
        limit @limit
        """;

    private sealed record After(long TransactionId);

    public async Task<Page<HistoryEntry>> Handle(GetHistory request, CancellationToken cancellationToken)
    {
        var list = $"history/{request.UserId}";
        var after = cursors.Read<After>(list, request.Page)?.TransactionId;
        var entries = await db.QueryAsync<HistoryEntry>(
            SelectEntries, new { request.UserId, after, limit = request.Page.Size + 1 }, cancellationToken);
        if (entries.Count == 0 && !await mediator.Send(new UserExists(request.UserId), cancellationToken))
            throw new ErrorException(WalletErrors.UserNotFound.Of(request.UserId));
        return cursors.Page(list, request.Page, entries, last => new After(last.TransactionId));
    }
}
