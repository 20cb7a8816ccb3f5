namespace Shop.BuildingBlocks.Http;

/// <summary>
/// Names of rate limits for each caller: the host configures them (<c>RateLimiting</c> in the configuration), put on an
/// endpoint with <c>RequireRateLimiting</c>. Beyond one: 429 <c>rate_limited</c>.
/// </summary>
public static class RateLimits
{
    /// <summary>
    /// Endpoints that check a secret, issue one or change the account: passwords, refresh tokens, sign-out, the name.
    /// </summary>
    public const string SignIn = nameof(SignIn);

    public const string Registration = nameof(Registration);

    public const string Coupons = nameof(Coupons);

    public const string Charges = nameof(Charges);

    /// <summary>Changes of a cart.</summary>
    public const string Carts = nameof(Carts);

    /// <summary>Placing, checking out and cancelling orders.</summary>
    public const string Orders = nameof(Orders);

    public const string Payments = nameof(Payments);

    /// <summary>A payment provider's webhook, by the network that it comes from.</summary>
    public const string PaymentEvents = nameof(PaymentEvents);

    /// <summary>Every GET; it need not be named.</summary>
    public const string Reads = nameof(Reads);
}
