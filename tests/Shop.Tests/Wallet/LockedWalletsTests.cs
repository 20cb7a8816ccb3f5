using Shop.Wallet.Wallets;
using Xunit;

namespace Shop.Tests.Wallet;

public sealed class LockedWalletsTests
{
    [Fact]
    public void A_debit_takes_what_the_wallet_holds_and_not_one_won_more()
    {
        var wallets = Wallets(1_000);
        Assert.False(wallets.TryDebit(1, 1_001, Guid.NewGuid(), Guid.NewGuid()));
        Assert.Equal(1_000, wallets.BalanceOf(1));
        Assert.True(wallets.TryDebit(1, 1_000, Guid.NewGuid(), Guid.NewGuid()));
        Assert.Equal(0, wallets.BalanceOf(1));
    }

    [Fact]
    public void Debits_of_one_batch_see_each_other()
    {
        var wallets = Wallets(1_000);
        Assert.True(wallets.TryDebit(1, 600, Guid.NewGuid(), Guid.NewGuid()));
        Assert.False(wallets.TryDebit(1, 600, Guid.NewGuid(), Guid.NewGuid()));
    }

    [Fact]
    public void A_debit_of_nothing_is_possible_on_an_empty_wallet() =>
        Assert.True(Wallets(0).TryDebit(1, 0, Guid.NewGuid(), Guid.NewGuid()));

    [Fact]
    public void A_debit_below_zero_is_a_fault_of_the_caller() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Wallets(0).TryDebit(1, -1, Guid.NewGuid(), Guid.NewGuid()));

    [Fact]
    public void Entries_carry_the_balance_after_each_of_them()
    {
        var wallets = Wallets(1_000);
        wallets.AddId(7);
        wallets.AddId(9);
        Assert.Equal(
            new LedgerEntry(7, 1, EntryType.Charge, 500, 1_500, Reference: null, Cause: null), wallets.Charge(1, 500));
        Assert.True(wallets.TryDebit(1, 200, Guid.NewGuid(), Guid.NewGuid()));
        Assert.Equal(
            new LedgerEntry(9, 1, EntryType.Charge, 100, 1_400, Reference: null, Cause: null), wallets.Charge(1, 100));
    }

    [Fact]
    public void A_user_without_a_wallet_does_not_exist() => Assert.False(Wallets(0).Has(2));

    private static LockedWallets Wallets(long balance)
    {
        var wallets = new LockedWallets((_, _) => { });
        wallets.Add(1, balance);
        return wallets;
    }
}
