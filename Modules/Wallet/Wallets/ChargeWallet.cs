using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Commands.Batching;
using Shop.BuildingBlocks.Idempotency;
using Shop.Wallet.Contracts;

namespace Shop.Wallet.Wallets;

internal sealed record ChargeWallet(long UserId, long Amount) : IBatchedCommand<WalletCharged>;

internal sealed record ChargeRequest(long Amount);

internal sealed record WalletCharged(long UserId, long Balance, long TransactionId);

internal static class ChargeWalletEndpoint
{
    public static void MapChargeWallet(this IEndpointRouteBuilder balance) => balance
        .MapPost("/charges", (long userId, ChargeRequest body, IdempotentSender commands, CancellationToken ct) =>
            commands.OkAsync(new ChargeWallet(userId, body.Amount), ct))
        .RequireRateLimiting(RateLimits.Charges)
        .WithName(nameof(ChargeWallet))
        .WithSummary("Adds money to a wallet")
        .Fails(WalletErrors.BelowMinimumCharge, WalletErrors.MaximumBalanceExceeded, WalletErrors.UserNotFound)
        .WithExample(new ChargeRequest(50_000));
}

internal sealed class ChargeWalletValidator : AbstractValidator<ChargeWallet>
{
    public ChargeWalletValidator() => RuleFor(command => command.Amount).GreaterThan(0);
}

internal sealed record LockedForCharging(QueuedValue<DateTimeOffset> Clock, LockedWallets Wallets)
{
    public DateTimeOffset Now => Clock.Value;
}

internal sealed class ChargeWalletHandler(Db db, WalletLocks wallets, IOptions<WalletOptions> options)
    : ICommandBatchHandler<ChargeWallet, WalletCharged, LockedForCharging>
{
    public Task<LockedForCharging> LockAsync(IReadOnlyList<ChargeWallet> commands, CancellationToken ct)
    {
        var locked = wallets.LockToCharge([.. commands.Select(command => command.UserId)]);
        return Task.FromResult(new LockedForCharging(db.QueueNow(), locked));
    }

    public IEnumerable<RowKey> RowsOf(ChargeWallet command, LockedForCharging locked) =>
        [new(IWalletLocks.Resource, command.UserId)];

    public IReadOnlyList<Result<WalletCharged>> Decide(LockedForCharging locked, IReadOnlyList<ChargeWallet> commands) =>
        [.. commands.Select(command => Charge(locked.Wallets, command))];

    public void Write(LockedForCharging locked, IReadOnlyList<Result<WalletCharged>> decided) =>
        locked.Wallets.Write(locked.Now);

    private Result<WalletCharged> Charge(LockedWallets locked, ChargeWallet command)
    {
        if (!locked.Has(command.UserId))
            return WalletErrors.UserNotFound.Of(command.UserId);
        if (Charging.Check(locked.BalanceOf(command.UserId), command.Amount, options.Value) is { } error)
            return error;
        var entry = locked.Charge(command.UserId, command.Amount);
        return new WalletCharged(command.UserId, entry.BalanceAfter, entry.TransactionId!.Value);
    }
}

/// <summary>Which charges the shop's limits let through.</summary>
internal static class Charging
{
    public static Error? Check(long balance, long amount, WalletOptions limits)
    {
        if (amount < limits.MinimumCharge)
            return WalletErrors.BelowMinimumCharge.Of(limits.MinimumCharge);
        // Not balance + amount: that can overflow.
        if (amount > limits.MaximumBalance - balance)
            return WalletErrors.MaximumBalanceExceeded.Of((limits.MaximumBalance, balance));
        return null;
    }
}
