using Microsoft.Extensions.Options;
using Shop.Wallet.Contracts;
using Shop.Wallet.TopUps.Providers;
using Shop.Wallet.Wallets;

namespace Shop.Wallet.TopUps;

internal sealed record CreateTopUp(long UserId, long Amount) : ICommand<TopUp>;

internal sealed record CreateTopUpRequest(long Amount);

internal static class CreateTopUpEndpoint
{
    public static void MapCreateTopUp(this IEndpointRouteBuilder topUps) => topUps
        .MapPost("", (long userId, CreateTopUpRequest body, IdempotentSender commands, CancellationToken ct) =>
            commands.CreatedAsync(
                new CreateTopUp(userId, body.Amount), topUp => $"/api/v1/top-ups/{topUp.TopUpId}", ct))
        .RequireRateLimiting(RateLimits.Charges)
        .IsEveryday()
        .WithName(nameof(CreateTopUp))
        .WithSummary("Begins to add money to a wallet that a payment provider takes")
        .Fails(
            HttpErrors.NotFound,
            WalletErrors.BelowMinimumCharge,
            WalletErrors.MaximumBalanceExceeded,
            WalletErrors.DailyLimitExceeded,
            WalletErrors.TooManyTopUps,
            WalletErrors.UserNotFound)
        .WithExample(new CreateTopUpRequest(50_000))
        .WithDescription(
            "The user pays at the provider with `checkout`; then the top-up is confirmed with the payment's id. "
            + "Without a provider (`Wallet:TopUps:Provider`): 404.");
}

internal sealed class CreateTopUpValidator : AbstractValidator<CreateTopUp>
{
    public CreateTopUpValidator() => RuleFor(command => command.Amount).GreaterThan(0);
}

internal sealed class CreateTopUpHandler(
    Db db, WalletLocks wallets, DailyCharges charges, ProviderCalls calls, IOptions<WalletOptions> limits,
    IOptions<TopUpOptions> options)
    : IRequestHandler<CreateTopUp, TopUp>
{
    // Behind the wallet's lock, so that top-ups made at once count each other.
    private const string CountPending = $"""
        select count(*)::int from wallet.top_ups where user_id = @userId and {TopUpRow.IsPending}
        """;

    private const string InsertTopUp = """
        insert into wallet.top_ups (top_up_id, user_id, amount, status, provider, created_at, expires_at)
        values (@topUpId, @userId, @amount, 'PENDING', @provider, @createdAt, @expiresAt)
        """;

    public async Task<TopUp> Handle(CreateTopUp request, CancellationToken cancellationToken)
    {
        var provider = calls.Provider ?? throw new ErrorException(HttpErrors.NotFound.Of());
        var (userId, amount, pending) = (request.UserId, request.Amount, 0);
        var locked = wallets.Lock([userId]);
        var allowance = charges.Queue([userId]);
        db.QueueRead(CountPending, row => pending = row.GetInt32(0), ("userId", userId));
        var clock = db.QueueNow();
        await db.FlushAsync(cancellationToken);

        if (!locked.Has(userId))
            throw new ErrorException(WalletErrors.UserNotFound.Of(userId));
        if (Charging.Check(userId, locked.BalanceOf(userId), amount, limits.Value, allowance) is { } error)
            throw new ErrorException(error);
        if (pending >= options.Value.MaximumPending)
            throw new ErrorException(WalletErrors.TooManyTopUps.Of(options.Value.MaximumPending));

        var (now, topUpId) = (clock.Value, Guid.CreateVersion7(clock.Value));
        var expiresAt = now + options.Value.Lifetime;
        db.QueueWrite(
            InsertTopUp,
            1,
            ("topUpId", topUpId),
            ("userId", userId),
            ("amount", amount),
            ("provider", provider.Name),
            ("createdAt", now),
            ("expiresAt", expiresAt));
        return new TopUpRow(
            topUpId, userId, amount, TopUpStatus.Pending, provider.Name, TransactionId: null, Reason: null, now,
            expiresAt, Lease: null, LeasedUntil: null, AskedAt: null, GivenBack: 0).ToTopUp(provider, now);
    }
}
