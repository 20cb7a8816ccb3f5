using Shop.Ordering.Contracts;

namespace Shop.Webhooks.Subscriptions;

internal enum WebhookStatus
{
    Active,

    /// <summary>Its events wait.</summary>
    Paused,
}

/// <summary>A webhook as operators see it, without its secret.</summary>
/// <param name="LastTestedAt">Null where it has not been tested.</param>
internal sealed record Webhook(
    Guid WebhookId, string Url, IReadOnlyList<string> Types, string Name, WebhookStatus Status,
    DateTimeOffset CreatedAt, DateTimeOffset? LastTestedAt);

/// <summary>A webhook's row.</summary>
internal sealed record WebhookRow(
    Guid WebhookId, string Url, string Types, string Name, string Status, DateTimeOffset CreatedAt,
    DateTimeOffset? LastTestedAt)
{
    public const string Columns = """
        webhook_id, url, array_to_string(types, ' ') as types, name, status, created_at, last_tested_at
        """;

    public Webhook ToWebhook() => new(
        WebhookId, Url, Types.Split(' '), Name, EnumNames.Read<WebhookStatus>(Status), CreatedAt, LastTestedAt);
}

internal static class WebhookRules
{
    public const int Maximum = 20;
    public const int UrlLength = 2_000;

    /// <summary>Characters of a host's name in DNS.</summary>
    public const int HostLength = 253;

    public const int MaximumTypes = 100;

    /// <summary>Stands for every type of an order's events.</summary>
    public const string EveryOrderType = "order.*";

    public const string LowStockType = "catalog.low_stock";

    public static IReadOnlyList<string> Types { get; } = [EveryOrderType, .. OrderEnvelope.Types, LowStockType];

    public static IRuleBuilderOptions<T, string?> IsWebhookUrl<T>(this IRuleBuilder<T, string?> url) => url
        .NotEmpty()
        .MaximumCharacters(UrlLength)
        .Must(text => text is null || (Uri.TryCreate(text, UriKind.Absolute, out var address)
            && address.Scheme is "http" or "https" && address.UserInfo.Length == 0
            && address.DnsSafeHost.Length <= HostLength))
        .WithMessage("Must be an absolute http or https address without a user name.");

    public static IRuleBuilderOptions<T, IReadOnlyList<string>?> AreWebhookTypes<T>(
        this IRuleBuilder<T, IReadOnlyList<string>?> types) => types
        .Must(names => names is null or { Count: >= 1 and <= MaximumTypes })
        .WithMessage($"Must have 1 to {MaximumTypes} types.")
        .Must(names => names is null || names.All(Types.Contains))
        .WithMessage($"Must be some of {string.Join(", ", Types)}.");
}
