using FluentValidation;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Http;
using Shop.BuildingBlocks.Pipeline;
using Shop.Messages;

namespace Shop.Wallet.Wallets;

internal sealed record ChargeWallet(long UserId, long Amount) : ICommand<WalletCharged>;

internal sealed record ChargeRequest(long Amount);

internal sealed record WalletCharged(long UserId, long Balance, long TransactionId);

internal static class ChargeWalletEndpoint
{
    public static void MapChargeWallet(this IEndpointRouteBuilder balance) => balance
        .MapPost("/charges", async (long userId, ChargeRequest body, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(await mediator.Send(new ChargeWallet(userId, body.Amount), ct)))
        .RequireRateLimiting(RateLimits.Charges)
        .WithName(nameof(ChargeWallet))
        .WithSummary("Adds money to a wallet");
}

internal sealed class ChargeWalletValidator : AbstractValidator<ChargeWallet>
{
    public ChargeWalletValidator() => RuleFor(command => command.Amount).GreaterThan(0);
}

internal sealed class ChargeWalletHandler(Db db, WalletSheets wallets, IOptions<WalletOptions> options, TimeProvider time)
    : IRequestHandler<ChargeWallet, WalletCharged>
{
    public async Task<WalletCharged> Handle(ChargeWallet request, CancellationToken cancellationToken)
    {
        var wallet = wallets.Lock([request.UserId]);
        await db.FlushAsync(cancellationToken);
        if (!wallet.Has(request.UserId))
            throw Refused.UserNotFound(request.UserId);
        if (Charging.Refuse(wallet.BalanceOf(request.UserId), request.Amount, options.Value) is { } refusal)
            throw refusal;

        var entry = wallet.Charge(request.UserId, request.Amount);
        wallet.Post(time.UtcNow());
        await db.FlushAsync(cancellationToken);
        return new WalletCharged(request.UserId, entry.BalanceAfter, entry.TransactionId);
    }
}

/// <summary>Which charges the shop's limits let through.</summary>
internal static class Charging
{
    public static Refused? Refuse(long balance, long amount, WalletOptions limits)
    {
        if (amount < limits.MinimumCharge)
            return new Refused("wallet.below_minimum_charge", $"The smallest charge is {limits.MinimumCharge} KRW.", StatusCodes.Status422UnprocessableEntity)
                .With(("minimum", limits.MinimumCharge));
        // Not balance + amount: that can overflow.
        if (amount > limits.MaximumBalance - balance)
            return new Refused("wallet.maximum_balance_exceeded", $"A wallet holds at most {limits.MaximumBalance} KRW.")
                .With(("maximum", limits.MaximumBalance), ("balance", balance));
        return null;
    }
}
