namespace Shop.Wallet.Wallets;

internal enum EntryType
{
    Charge,
    Payment,
    Refund,
    Adjustment,
}
