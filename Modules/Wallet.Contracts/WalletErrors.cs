using Shop.Messages;

namespace Shop.Wallet.Contracts;

public static class WalletErrors
{
    /// <summary>
    /// The same wherever a user's id stands: every user has a wallet, so a user without one does not exist. The value
    /// is the user's id.
    /// </summary>
    public static readonly DocumentedError<long> UserNotFound =
        new("wallet.user_not_found", 404, userId => $"There is no user {userId}.");

    /// <summary>The value is the minimum in KRW.</summary>
    public static readonly DocumentedError<long> BelowMinimumCharge =
        new("wallet.below_minimum_charge", 422, minimum => $"The smallest charge is {minimum} KRW.", "minimum");

    public static readonly DocumentedError<(long Maximum, long Balance)> MaximumBalanceExceeded = new(
        "wallet.maximum_balance_exceeded",
        409,
        wallet => $"A wallet holds at most {wallet.Maximum} KRW.",
        wallet => [("maximum", wallet.Maximum), ("balance", wallet.Balance)]);

    public static readonly DocumentedError<(long Limit, long Remaining)> DailyLimitExceeded = new(
        "wallet.daily_limit_exceeded",
        409,
        day => $"At most {day.Limit} KRW can be charged a day.",
        day => [("limit", day.Limit), ("remaining", day.Remaining)]);

    /// <summary>The value is the balance in KRW.</summary>
    public static readonly DocumentedError<long> InsufficientBalance = new(
        "wallet.insufficient_balance", 409, balance => $"The wallet holds {balance} KRW.", "balance");

    public static readonly DocumentedError<Guid> TopUpNotFound =
        new("wallet.top_up_not_found", 404, topUpId => $"There is no top-up {topUpId}.");

    /// <summary>Another request, or a host that died, asks the provider about it.</summary>
    public static readonly DocumentedError TopUpInProgress =
        new("wallet.top_up_in_progress", 409, "The provider is being asked about this top-up.")
        {
            RetryAfter = TimeSpan.FromSeconds(1),
        };

    public static readonly DocumentedError TopUpExpired =
        new("wallet.top_up_expired", 409, "The top-up has expired, and nothing was paid for it.");

    public static readonly DocumentedError PaymentMismatch =
        new("wallet.payment_mismatch", 409, "The provider has no such payment for this top-up and amount.");

    /// <summary>The value is the maximum.</summary>
    public static readonly DocumentedError<int> TooManyTopUps = new(
        "wallet.too_many_top_ups", 409, maximum => $"At most {maximum} top-ups may be pending.", "maximum");
}
