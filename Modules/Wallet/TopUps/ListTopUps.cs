using Shop.Identity.Contracts;
using Shop.Wallet.Contracts;
using Shop.Wallet.TopUps.Providers;

namespace Shop.Wallet.TopUps;

internal sealed record ListTopUps(long UserId, PageRequest Page) : IQuery<Page<TopUp>>;

internal static class ListTopUpsEndpoint
{
    public static void MapListTopUps(this IEndpointRouteBuilder topUps) => topUps
        .MapGet("", async (long userId, [AsParameters] PageRequest page, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(await mediator.Send(new ListTopUps(userId, page), ct)))
        .AlsoFor(Permissions.UsersRead)
        .WithName(nameof(ListTopUps))
        .WithSummary("A user's top-ups, newest first")
        .Fails(WalletErrors.UserNotFound);
}

internal sealed class ListTopUpsHandler(Db db, IMediator mediator, Cursors cursors, ProviderCalls calls)
    : IRequestHandler<ListTopUps, Page<TopUp>>
{
    private const string SelectTopUps = $"""
        select t.*, (select shop.now()) as now
        from (
            {TopUpRow.Select}
            where user_id = @UserId and (@after::uuid is null or top_up_id < @after)
            order by top_up_id desc
            limit @limit) t
        order by top_up_id desc
        """;

    private sealed record After(Guid TopUpId);

    public async Task<Page<TopUp>> Handle(ListTopUps request, CancellationToken cancellationToken)
    {
        var list = $"top-ups/{request.UserId}";
        var after = cursors.Read<After>(list, request.Page)?.TopUpId;
        var rows = await db.QueryAsync<TimedTopUpRow>(
            SelectTopUps, new { request.UserId, after, limit = request.Page.Size + 1 }, cancellationToken);
        if (rows.Count == 0 && !await mediator.Send(new UserExists(request.UserId), cancellationToken))
            throw new ErrorException(WalletErrors.UserNotFound.Of(request.UserId));
        return cursors.Page(list, request.Page, rows, last => new After(last.TopUpId))
            .Select(row => row.ToTopUp(calls.Provider, row.Now));
    }
}
