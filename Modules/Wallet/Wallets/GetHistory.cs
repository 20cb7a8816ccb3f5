using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Http;
using Shop.BuildingBlocks.Pipeline;
using Shop.Messages;

namespace Shop.Wallet.Wallets;

internal sealed record GetHistory(long UserId, PageRequest Page) : IQuery<Page<HistoryEntry>>;

/// <param name="Amount">Signed: what it added to the balance.</param>
/// <param name="Reference">The payment, for PAYMENT and REFUND.</param>
internal sealed record HistoryEntry(long TransactionId, string Type, long Amount, long BalanceAfter, Guid? Reference, DateTimeOffset OccurredAt);

internal static class GetHistoryEndpoint
{
    public static void MapGetHistory(this IEndpointRouteBuilder balance) => balance
        .MapGet("/history", async (long userId, [AsParameters] PageRequest page, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(await mediator.Send(new GetHistory(userId, page), ct)))
        .WithName(nameof(GetHistory))
        .WithSummary("A wallet's ledger, newest first");
}

internal sealed class GetHistoryHandler(Db db, Cursors cursors) : IRequestHandler<GetHistory, Page<HistoryEntry>>
{
    // One statement says both whether the user exists and what the page holds: an unknown user has no row, one without entries has a row of nulls.
    private const string SelectEntries = """
        select e.transaction_id, e.type, e.amount, e.balance_after, e.reference, e.occurred_at
        from wallet.wallets w
        left join lateral (
            select transaction_id, type, amount, balance_after, reference, occurred_at
            from wallet.ledger
            where user_id = w.user_id and (@after::bigint is null or transaction_id < @after)
            order by transaction_id desc limit @limit) e on true
        where w.user_id = @UserId
        order by e.transaction_id desc
        """;

    private sealed record After(long TransactionId);

    private sealed record Row(long? TransactionId, string? Type, long? Amount, long? BalanceAfter, Guid? Reference, DateTimeOffset? OccurredAt);

    public async Task<Page<HistoryEntry>> Handle(GetHistory request, CancellationToken cancellationToken)
    {
        var list = $"history/{request.UserId}";
        var after = cursors.Read<After>(list, request.Page)?.TransactionId;
        var rows = await db.QueryAsync<Row>(SelectEntries, new { request.UserId, after, limit = request.Page.Size + 1 }, cancellationToken);
        if (rows.Count == 0)
            throw Refused.UserNotFound(request.UserId);
        var entries = rows.Where(row => row.TransactionId is not null)
            .Select(row => new HistoryEntry(row.TransactionId!.Value, row.Type!, row.Amount!.Value, row.BalanceAfter!.Value, row.Reference, row.OccurredAt!.Value))
            .ToList();
        return cursors.Page(list, request.Page, entries, last => new After(last.TransactionId));
    }
}
