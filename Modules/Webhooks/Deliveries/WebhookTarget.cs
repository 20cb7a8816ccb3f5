using Shop.BuildingBlocks.Deliveries;

namespace Shop.Webhooks.Deliveries;

/// <summary>Where a webhook is, and how its deliveries are signed.</summary>
/// <param name="PreviousSecret">Null once its day is over.</param>
/// <param name="ReadAt">By the database's clock.</param>
internal sealed record WebhookTarget(string Url, string Secret, string? PreviousSecret, DateTimeOffset ReadAt)
{
    public const string Columns = """
        url, secret, case when previous_until > (select shop.now()) then previous_secret end as previous_secret,
            (select shop.now()) as read_at
        """;

    public PostTarget ToPostTarget() => new(
        new Uri(Url),
        new Signature(PreviousSecret is null ? [KeyOf(Secret)] : [KeyOf(Secret), KeyOf(PreviousSecret)]));

    private static byte[] KeyOf(string secret) => Signature.TryReadKey(secret, out var key)
        ? key
        : throw new InvalidOperationException("A webhook's secret has another form.");
}
