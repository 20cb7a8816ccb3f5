using Shop.Wallet.Wallets;
using Xunit;

namespace Shop.Tests.Wallet;

public sealed class WalletSheetTests
{
    [Fact]
    public void A_debit_takes_what_the_wallet_holds_and_not_one_won_more()
    {
        var sheet = Sheet(1_000);
        Assert.False(sheet.TryDebit(1, 1_001, Guid.NewGuid()));
        Assert.Equal(1_000, sheet.BalanceOf(1));
        Assert.True(sheet.TryDebit(1, 1_000, Guid.NewGuid()));
        Assert.Equal(0, sheet.BalanceOf(1));
    }

    [Fact]
    public void Debits_of_one_group_see_each_other()
    {
        var sheet = Sheet(1_000);
        Assert.True(sheet.TryDebit(1, 600, Guid.NewGuid()));
        Assert.False(sheet.TryDebit(1, 600, Guid.NewGuid()));
    }

    [Fact]
    public void A_debit_of_nothing_is_possible_on_an_empty_wallet() => Assert.True(Sheet(0).TryDebit(1, 0, Guid.NewGuid()));

    [Fact]
    public void A_debit_below_zero_is_a_fault_of_the_caller() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Sheet(0).TryDebit(1, -1, Guid.NewGuid()));

    [Fact]
    public void Entries_carry_the_balance_after_each_of_them()
    {
        var sheet = Sheet(1_000);
        sheet.AddId(7);
        sheet.AddId(9);
        Assert.Equal(new LedgerEntry(7, 1, EntryType.Charge, 500, 1_500, Reference: null), sheet.Charge(1, 500));
        Assert.True(sheet.TryDebit(1, 200, Guid.NewGuid()));
        Assert.Equal(new LedgerEntry(9, 1, EntryType.Charge, 100, 1_400, Reference: null), sheet.Charge(1, 100));
    }

    [Fact]
    public void Who_is_not_on_the_sheet_does_not_exist() => Assert.False(Sheet(0).Has(2));

    [Fact]
    public void A_sheet_that_was_only_read_cannot_be_posted() => Assert.Throws<InvalidOperationException>(() => Sheet(0).Post(DateTimeOffset.UnixEpoch));

    private static WalletSheet Sheet(long balance)
    {
        var sheet = new WalletSheet(db: null);
        sheet.Add(1, balance);
        return sheet;
    }
}
