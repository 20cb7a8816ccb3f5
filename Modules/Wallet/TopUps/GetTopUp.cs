using Shop.Wallet.Contracts;
using Shop.Wallet.TopUps.Providers;

namespace Shop.Wallet.TopUps;

internal sealed record GetTopUp(Guid TopUpId, Caller Caller) : IQuery<TopUp>;

internal static class GetTopUpEndpoint
{
    public static void MapGetTopUp(this IEndpointRouteBuilder topUps) => topUps
        .MapGet("/{topUpId:guid}", async (Guid topUpId, Caller caller, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(await mediator.Send(new GetTopUp(topUpId, caller), ct)))
        .WithName(nameof(GetTopUp))
        .WithSummary("A top-up")
        .Fails(WalletErrors.TopUpNotFound);
}

internal sealed class GetTopUpHandler(Db db, ProviderCalls calls) : IRequestHandler<GetTopUp, TopUp>
{
    private const string SelectTopUp = $"""
        select t.*, (select shop.now()) as now from ({TopUpRow.Select} where top_up_id = @TopUpId) t
        """;

    public async Task<TopUp> Handle(GetTopUp request, CancellationToken cancellationToken)
    {
        var row = await db.QuerySingleOrDefaultAsync<TimedTopUpRow>(
            SelectTopUp, new { request.TopUpId }, cancellationToken);
        return row is not null && request.Caller.MayRead(row.UserId, Permissions.UsersRead)
            ? row.ToTopUp(calls.Provider, row.Now)
            : throw new ErrorException(WalletErrors.TopUpNotFound.Of(request.TopUpId));
    }
}
