using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Http;
using Shop.BuildingBlocks.Pipeline;
using Shop.Messages;

namespace Shop.Wallet.Wallets;

internal sealed record GetBalance(long UserId) : IQuery<WalletBalance>;

internal sealed record WalletBalance(long UserId, long Balance);

internal static class GetBalanceEndpoint
{
    public static void MapGetBalance(this IEndpointRouteBuilder balance) => balance
        .MapGet("", async (long userId, IMediator mediator, CancellationToken ct) => TypedResults.Ok(await mediator.Send(new GetBalance(userId), ct)))
        .WithName(nameof(GetBalance))
        .WithSummary("What a wallet holds")
        .Refuses("wallet.user_not_found");
}

internal sealed class GetBalanceHandler(Db db) : IRequestHandler<GetBalance, WalletBalance>
{
    private const string SelectBalance = "select user_id, balance from wallet.wallets where user_id = @UserId";

    public async Task<WalletBalance> Handle(GetBalance request, CancellationToken cancellationToken) =>
        await db.QuerySingleOrDefaultAsync<WalletBalance>(SelectBalance, new { request.UserId }, cancellationToken)
        ?? throw Refused.UserNotFound(request.UserId);
}
