using System.ComponentModel;

namespace Shop.Wallet.TopUps;

internal enum TopUpStatus
{
    Pending,
    Completed,
    Failed,
    Expired,
}

/// <summary>A top-up as clients see it.</summary>
/// <param name="Checkout">While it is PENDING.</param>
/// <param name="TransactionId">The ledger's line, once it is COMPLETED.</param>
/// <param name="Reason">Why it FAILED, in the provider's words.</param>
/// <param name="GivenBack">The part that was cancelled at the provider before: the ledger's line has the rest.</param>
internal sealed record TopUp(
    Guid TopUpId,
    long UserId,
    long Amount,
    TopUpStatus Status,
    string Provider,
    TopUpCheckout? Checkout,
    long? TransactionId,
    string? Reason,
    long GivenBack,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt);

/// <summary>Opens the provider's page or window.</summary>
internal sealed record TopUpCheckout(
    [property: Description("The page to send the user to (FAKE).")] string? Url,
    [property: Description("For the provider's window (TOSS).")] string? ClientKey,
    string OrderId,
    long Amount,
    string OrderName);

/// <param name="AskedAt">Since when a confirm's answer is not known.</param>
internal record TopUpRow(
    Guid TopUpId,
    long UserId,
    long Amount,
    TopUpStatus Status,
    string Provider,
    long? TransactionId,
    string? Reason,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    Guid? Lease,
    DateTimeOffset? LeasedUntil,
    DateTimeOffset? AskedAt,
    long GivenBack)
{
    public const string Select = """
        select top_up_id, user_id, amount, status, provider, transaction_id, reason, created_at, expires_at, lease,
            leased_until, asked_at, given_back
        from wallet.top_ups
        """;

    /// <summary>A condition on the table. An expired top-up may not have been marked yet.</summary>
    public const string IsPending =
        "status = 'PENDING' and (expires_at > (select shop.now()) or asked_at is not null)";

    public bool IsSettled => Status is TopUpStatus.Completed or TopUpStatus.Failed;

    /// <summary>Its status at this time, perhaps before the worker has come by.</summary>
    public TopUpStatus EffectiveAt(DateTimeOffset now) =>
        Status == TopUpStatus.Pending && AskedAt is null && ExpiresAt <= now ? TopUpStatus.Expired : Status;

    public bool IsLeasedAt(DateTimeOffset now) => LeasedUntil > now;

    public TopUp ToTopUp(Providers.IPaymentProvider? provider, DateTimeOffset now)
    {
        var status = EffectiveAt(now);
        var checkout = status == TopUpStatus.Pending && provider?.Name == Provider
            ? provider.CheckoutOf(TopUpId, Amount)
            : null;
        return new TopUp(
            TopUpId, UserId, Amount, status, Provider, checkout, TransactionId, Reason, GivenBack, CreatedAt,
            ExpiresAt);
    }
}

/// <param name="Now">When it was read.</param>
internal sealed record TimedTopUpRow(
    Guid TopUpId,
    long UserId,
    long Amount,
    TopUpStatus Status,
    string Provider,
    long? TransactionId,
    string? Reason,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    Guid? Lease,
    DateTimeOffset? LeasedUntil,
    DateTimeOffset? AskedAt,
    long GivenBack,
    DateTimeOffset Now)
    : TopUpRow(
        TopUpId, UserId, Amount, Status, Provider, TransactionId, Reason, CreatedAt, ExpiresAt, Lease, LeasedUntil,
        AskedAt, GivenBack);
