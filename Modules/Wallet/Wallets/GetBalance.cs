using Shop.BuildingBlocks.Commands.Batching;
using Shop.Wallet.Contracts;

namespace Shop.Wallet.Wallets;

internal sealed record GetBalance(long UserId) : IBoundedQuery<WalletBalance>;

internal sealed record WalletBalance(long UserId, long Balance);

internal static class GetBalanceEndpoint
{
    public static void MapGetBalance(this IEndpointRouteBuilder balance) => balance
        .MapGet("", async (long userId, IMediator mediator, CancellationToken ct) => TypedResults.Ok(
            await mediator.Send(new GetBalance(userId), ct)))
        .AlsoFor(Permissions.UsersRead)
        .WithName(nameof(GetBalance))
        .WithSummary("What a wallet holds")
        .Fails(WalletErrors.UserNotFound);
}

internal sealed class GetBalanceHandler(Db db) : IQueryBatchHandler<GetBalance, WalletBalance>
{
    private const string SelectBalances = "select user_id, balance from wallet.wallets where user_id = any(@users)";

    public async Task<IReadOnlyList<Result<WalletBalance>>> ReadAsync(
        IReadOnlyList<GetBalance> queries, CancellationToken ct)
    {
        var rows = await db.QueryAsync<WalletBalance>(
            SelectBalances, new { users = queries.Select(query => query.UserId).Distinct().ToArray() }, ct);
        var balances = rows.ToDictionary(balance => balance.UserId);
        return
        [
            .. queries.Select(query => balances.TryGetValue(query.UserId, out var balance)
                ? balance
                : (Result<WalletBalance>)WalletErrors.UserNotFound.Of(query.UserId)),
        ];
    }
}
