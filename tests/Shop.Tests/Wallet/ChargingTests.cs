using Shop.Wallet;
using Shop.Wallet.Wallets;
using Xunit;

namespace Shop.Tests.Wallet;

public sealed class ChargingTests
{
    private static readonly WalletOptions Limits = new() { MinimumCharge = 1_000, MaximumBalance = 10_000 };

    [Theory]
    [InlineData(0, 1_000)]
    [InlineData(0, 10_000)]
    [InlineData(9_000, 1_000)]
    public void A_charge_within_the_limits_is_taken(long balance, long amount) => Assert.Null(
        Charging.Check(1, balance, amount, Limits));

    [Theory]
    [InlineData(0, 999, "wallet.below_minimum_charge", 422)]
    [InlineData(10_000, 1, "wallet.below_minimum_charge", 422)]
    [InlineData(9_001, 1_000, "wallet.maximum_balance_exceeded", 409)]
    [InlineData(0, 10_001, "wallet.maximum_balance_exceeded", 409)]
    [InlineData(0, long.MaxValue, "wallet.maximum_balance_exceeded", 409)]
    [InlineData(12_000, 1_000, "wallet.maximum_balance_exceeded", 409)]
    public void A_charge_past_a_limit_is_refused(long balance, long amount, string code, int status)
    {
        var problem = Charging.Check(1, balance, amount, Limits);
        Assert.Equal((code, status), (problem?.Code, problem?.Status));
    }

    [Theory]
    [InlineData(0, 5_000, null)]
    [InlineData(3_000, 2_000, null)]
    [InlineData(3_001, 2_000, 1_999L)]
    [InlineData(5_000, 1_000, 0L)]
    [InlineData(9_000, 1_000, 0L)]
    public void A_day_takes_charges_up_to_its_limit(long taken, long amount, long? remaining)
    {
        var allowance = new DailyAllowance(5_000);
        allowance.Take(1, taken);
        var error = Charging.Check(1, 0, amount, Limits, allowance);
        Assert.Equal(remaining is null ? null : "wallet.daily_limit_exceeded", error?.Code);
        Assert.Equal(5_000, allowance.RemainingOf(2));
    }

    [Theory]
    [InlineData(1_000, -1_000, null)]
    [InlineData(1_000, 9_000, null)]
    [InlineData(1_000, -1_001, "wallet.insufficient_balance")]
    [InlineData(1_000, long.MinValue, "wallet.insufficient_balance")]
    [InlineData(1_000, 9_001, "wallet.maximum_balance_exceeded")]
    [InlineData(0, long.MaxValue, "wallet.maximum_balance_exceeded")]
    [InlineData(12_000, -1, null)]
    [InlineData(12_000, 1, "wallet.maximum_balance_exceeded")]
    public void An_adjustment_ends_between_nothing_and_the_maximum(long balance, long amount, string? code) =>
        Assert.Equal(code, Adjusting.Check(balance, amount, Limits)?.Code);
}
