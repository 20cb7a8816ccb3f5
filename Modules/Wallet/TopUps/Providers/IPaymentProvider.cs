namespace Shop.Wallet.TopUps.Providers;

/// <summary>
/// Takes the money of a top-up. Calls run outside any transaction. No answer is believed that does not name the
/// top-up and its amount.
/// </summary>
internal interface IPaymentProvider
{
    /// <summary>As the API and the database have it.</summary>
    string Name { get; }

    TopUpCheckout CheckoutOf(Guid topUpId, long amount);

    /// <summary>Asks the provider to take the money. A repeat with the same payment takes none again.</summary>
    Task<ProviderAnswer> ConfirmAsync(Guid topUpId, long amount, string paymentId, CancellationToken ct);

    /// <summary>Asks what became of a top-up; takes no money.</summary>
    Task<ProviderAnswer> LookUpAsync(Guid topUpId, CancellationToken ct);
}

/// <summary>A provider's answer.</summary>
internal abstract record ProviderAnswer
{
    /// <summary>It has taken the money.</summary>
    /// <param name="GivenBack">The part of it that was cancelled at the provider since.</param>
    public sealed record Taken(string PaymentId, string OrderId, long Amount, long GivenBack = 0) : ProviderAnswer
    {
        public bool IsFor(Guid topUpId, long amount) =>
            OrderId == topUpId.ToString() && Amount == amount && GivenBack >= 0 && GivenBack < Amount
            && PaymentId.Length is > 0 and <= PaymentIdLength;
    }

    /// <summary>It will not take the money.</summary>
    public sealed record Declined(string Reason) : ProviderAnswer;

    /// <summary>It has no such payment, or none that it took money for.</summary>
    public sealed record NotTaken : ProviderAnswer;

    /// <summary>The payment is still under way there.</summary>
    public sealed record UnderWay : ProviderAnswer;

    /// <summary>Whether it has taken the money is not known.</summary>
    public sealed record None(string Error) : ProviderAnswer;

    /// <summary>Of the ids that a provider gives its payments.</summary>
    public const int PaymentIdLength = 200;

    /// <summary>Whether the text may be such an id: it has visible ASCII characters alone.</summary>
    public static bool IsPaymentId(string text) => text.All(letter => letter is > ' ' and < '\x7f');
}
