namespace Shop.Webhooks;

internal static class WebhookErrors
{
    /// <summary>The value is the webhook's id.</summary>
    public static readonly DocumentedError<Guid> NotFound =
        new("webhooks.not_found", 404, webhookId => $"There is no webhook {webhookId}.", "webhookId");

    public static readonly DocumentedError<int> TooMany =
        new("webhooks.too_many", 409, maximum => $"There are {maximum} webhooks, as many as there may be.", "maximum");

    /// <summary>The value is the host's name.</summary>
    public static readonly DocumentedError<string> InnerAddress = new(
        "webhooks.inner_address", 422, host => $"{host} is in an inner network (Webhooks:AllowedNetworks).", "host");
}
