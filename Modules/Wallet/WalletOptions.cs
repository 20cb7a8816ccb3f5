namespace Shop.Wallet;

/// <summary>The section <c>Wallet</c>. Amounts are whole KRW.</summary>
internal sealed class WalletOptions
{
    public long MinimumCharge { get; set; } = 1_000;

    /// <summary>The highest balance after a charge; a refund has no such limit.</summary>
    public long MaximumBalance { get; set; } = 10_000_000;

    /// <summary>Whether customers charge their own wallets; if not, it takes <c>wallet:adjust</c>.</summary>
    public bool CustomersMayCharge { get; set; } = true;

    /// <summary>
    /// The most that a user may charge and top up on a day of <c>Shop:TimeZone</c>; null: as much as the balance may
    /// hold.
    /// </summary>
    public long? DailyChargeLimit { get; set; }
}

internal sealed class WalletOptionsValidator : AbstractValidator<WalletOptions>
{
    public WalletOptionsValidator()
    {
        RuleFor(options => options.MinimumCharge).GreaterThan(0);
        RuleFor(options => options.MaximumBalance)
            .GreaterThanOrEqualTo(options => options.MinimumCharge)
            .LessThanOrEqualTo(1_000_000_000_000_000);
        RuleFor(options => options.DailyChargeLimit)
            .GreaterThanOrEqualTo(options => options.MinimumCharge)
            .LessThanOrEqualTo(1_000_000_000_000_000);
    }
}
