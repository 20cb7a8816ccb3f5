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
    public void A_charge_within_the_limits_is_taken(long balance, long amount) => Assert.Null(Charging.Check(balance, amount, Limits));

    [Theory]
    [InlineData(0, 999, "wallet.below_minimum_charge", 422)]
    [InlineData(10_000, 1, "wallet.below_minimum_charge", 422)]
    [InlineData(9_001, 1_000, "wallet.maximum_balance_exceeded", 409)]
    [InlineData(0, 10_001, "wallet.maximum_balance_exceeded", 409)]
    [InlineData(0, long.MaxValue, "wallet.maximum_balance_exceeded", 409)]
    [InlineData(12_000, 1_000, "wallet.maximum_balance_exceeded", 409)]
    public void A_charge_past_a_limit_is_refused(long balance, long amount, string code, int status)
    {
        var refusal = Charging.Check(balance, amount, Limits);
        Assert.Equal((code, status), (refusal?.Code, refusal?.Status));
    }
}
