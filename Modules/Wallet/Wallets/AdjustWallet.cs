using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Shop.Wallet.Contracts;

namespace Shop.Wallet.Wallets;

internal sealed record AdjustWallet(long UserId, long Amount, string Reason) : ICommand<WalletAdjusted>;

internal sealed record AdjustWalletRequest(long Amount, [property: MaxLength(TextLength.Reason)] string Reason);

internal sealed record WalletAdjusted(long UserId, long Balance, long TransactionId);

internal static class AdjustWalletEndpoint
{
    public static void MapAdjustWallet(this IEndpointRouteBuilder balance) => balance
        .MapPost(
            "/adjustments",
            (long userId, AdjustWalletRequest body, IdempotentSender commands, CancellationToken ct) =>
                commands.CreatedAsync(new AdjustWallet(userId, body.Amount, body.Reason), _ => null, ct))
        .WithName(nameof(AdjustWallet))
        .WithSummary("Adds money to a wallet or takes some out of it, with a reason")
        .Fails(WalletErrors.UserNotFound, WalletErrors.InsufficientBalance, WalletErrors.MaximumBalanceExceeded)
        .WithExample(new AdjustWalletRequest(-5_000, "charged twice by phone"))
        .WithDescription("The amount is signed and not 0. The reason has 1 to 500 characters; the history shows it.");
}

internal sealed class AdjustWalletValidator : AbstractValidator<AdjustWallet>
{
    public AdjustWalletValidator()
    {
        RuleFor(command => command.Amount).NotEqual(0);
        RuleFor(command => command.Reason).NotEmpty().MaximumCharacters(TextLength.Reason);
    }
}

internal sealed class AdjustWalletHandler(Db db, WalletLocks locks, IOptions<WalletOptions> options)
    : IRequestHandler<AdjustWallet, WalletAdjusted>
{
    public async Task<WalletAdjusted> Handle(AdjustWallet request, CancellationToken cancellationToken)
    {
        var wallets = locks.LockToCharge([request.UserId]);
        var clock = db.QueueNow();
        await db.FlushAsync(cancellationToken);
        if (!wallets.Has(request.UserId))
            throw new ErrorException(WalletErrors.UserNotFound.Of(request.UserId));
        if (Adjusting.Check(wallets.BalanceOf(request.UserId), request.Amount, options.Value) is { } error)
            throw new ErrorException(error);

        var entry = wallets.Adjust(request.UserId, request.Amount, request.Reason);
        wallets.Write(clock.Value);
        return new WalletAdjusted(request.UserId, entry.BalanceAfter, entry.TransactionId!.Value);
    }
}

/// <summary>A wallet is adjusted to no less than nothing, and no further up than a charge could bring it.</summary>
internal static class Adjusting
{
    /// <param name="amount">Any number: neither comparison can overflow.</param>
    public static Error? Check(long balance, long amount, WalletOptions limits)
    {
        if (amount < -balance)
            return WalletErrors.InsufficientBalance.Of(balance);
        if (amount > 0 && amount > limits.MaximumBalance - balance)
            return WalletErrors.MaximumBalanceExceeded.Of((limits.MaximumBalance, balance));
        return null;
    }
}
