using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Commands.Batching;
using Shop.Wallet.Contracts;

namespace Shop.Wallet.Wallets;

internal sealed record ChargeWallet(long UserId, long Amount) : IBatchedCommand<WalletCharged>;

internal sealed record ChargeRequest(long Amount);

internal sealed record WalletCharged(long UserId, long Balance, long TransactionId);

internal static class ChargeWalletEndpoint
{
    public static void MapChargeWallet(this IEndpointRouteBuilder balance) => balance
        .MapPost(
            "/charges",
            (
                long userId, ChargeRequest body, Caller caller, IOptions<WalletOptions> options,
                IdempotentSender commands, CancellationToken ct) =>
            {
                if (!options.Value.CustomersMayCharge)
                    caller.MustHave(Permissions.WalletAdjust);
                return commands.OkAsync(new ChargeWallet(userId, body.Amount), ct);
            })
        .RequireRateLimiting(RateLimits.Charges)
        .IsEveryday()
        .WithName(nameof(ChargeWallet))
        .WithSummary("Adds money to a wallet")
        .Fails(
            WalletErrors.BelowMinimumCharge,
            WalletErrors.MaximumBalanceExceeded,
            WalletErrors.DailyLimitExceeded,
            WalletErrors.UserNotFound)
        .WithExample(new ChargeRequest(50_000))
        .WithDescription(
            "With `Wallet:CustomersMayCharge` false it needs the permission `wallet:adjust`; customers then top up.");
}

internal sealed class ChargeWalletValidator : AbstractValidator<ChargeWallet>
{
    public ChargeWalletValidator() => RuleFor(command => command.Amount).GreaterThan(0);
}

/// <param name="Allowance">Null where a day has no limit.</param>
internal sealed record LockedForCharging(
    QueuedValue<DateTimeOffset> Clock, LockedWallets Wallets, DailyAllowance? Allowance)
{
    public DateTimeOffset Now => Clock.Value;
}

internal sealed class ChargeWalletHandler(
    Db db, WalletLocks wallets, DailyCharges charges, IOptions<WalletOptions> options)
    : ICommandBatchHandler<ChargeWallet, WalletCharged, LockedForCharging>
{
    public Task<LockedForCharging> LockAsync(IReadOnlyList<ChargeWallet> commands, CancellationToken ct)
    {
        long[] users = [.. commands.Select(command => command.UserId)];
        var locked = wallets.LockToCharge(users);
        var allowance = charges.Queue(users);
        return Task.FromResult(new LockedForCharging(db.QueueNow(), locked, allowance));
    }

    public IEnumerable<RowKey> RowsOf(ChargeWallet command, LockedForCharging locked) =>
        [new(IWalletLocks.Resource, command.UserId)];

    public IReadOnlyList<Result<WalletCharged>> Decide(
        LockedForCharging locked, IReadOnlyList<ChargeWallet> commands) =>
        [.. commands.Select(command => Charge(locked, command))];

    public void Write(LockedForCharging locked, IReadOnlyList<Result<WalletCharged>> decided) =>
        locked.Wallets.Write(locked.Now);

    private Result<WalletCharged> Charge(LockedForCharging locked, ChargeWallet command)
    {
        var (userId, wallets, allowance) = (command.UserId, locked.Wallets, locked.Allowance);
        if (!wallets.Has(userId))
            return WalletErrors.UserNotFound.Of(userId);
        if (Charging.Check(userId, wallets.BalanceOf(userId), command.Amount, options.Value, allowance) is { } error)
            return error;
        allowance?.Take(userId, command.Amount);
        var entry = wallets.Charge(userId, command.Amount);
        return new WalletCharged(command.UserId, entry.BalanceAfter, entry.TransactionId!.Value);
    }
}

/// <summary>Which charges the shop's limits let through.</summary>
internal static class Charging
{
    /// <param name="allowance">Null where a day has no limit.</param>
    public static Error? Check(
        long userId, long balance, long amount, WalletOptions limits, DailyAllowance? allowance = null)
    {
        if (amount < limits.MinimumCharge)
            return WalletErrors.BelowMinimumCharge.Of(limits.MinimumCharge);
        // Not balance + amount: that can overflow.
        if (amount > limits.MaximumBalance - balance)
            return WalletErrors.MaximumBalanceExceeded.Of((limits.MaximumBalance, balance));
        if (allowance is not null && amount > allowance.RemainingOf(userId))
            return WalletErrors.DailyLimitExceeded.Of((allowance.Limit, allowance.RemainingOf(userId)));
        return null;
    }
}
