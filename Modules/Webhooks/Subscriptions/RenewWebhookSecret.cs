using Shop.BuildingBlocks.Deliveries;

namespace Shop.Webhooks.Subscriptions;

/// <summary>Gives a webhook a new secret. The one before signs too for a day.</summary>
internal sealed record RenewWebhookSecret(Guid WebhookId) : ICommand<WebhookSecret>;

/// <param name="Secret">Shown this once.</param>
internal sealed record WebhookSecret(string Secret);

internal static class RenewWebhookSecretEndpoint
{
    public static void MapRenewWebhookSecret(this IEndpointRouteBuilder webhook) => webhook
        .MapPost("/secret", (Guid webhookId, IdempotentSender commands, CancellationToken ct) =>
            commands.OkOnceAsync(new RenewWebhookSecret(webhookId), ct))
        .WithName(nameof(RenewWebhookSecret))
        .WithSummary("Gives a webhook a new secret, which is shown this once")
        .Fails(WebhookErrors.NotFound, IdempotencyErrors.AnswerNotKept)
        .WithDescription("For a day deliveries are signed by both, the new one and the one before.");
}

internal sealed class RenewWebhookSecretHandler(Db db) : IRequestHandler<RenewWebhookSecret, WebhookSecret>
{
    private const string Renew = """
        update webhooks.webhooks
        set secret = @secret, previous_secret = secret, previous_until = (select shop.now()) + interval '1 day'
        where webhook_id = @WebhookId and status <> 'DELETED'
        """;

    public async Task<WebhookSecret> Handle(RenewWebhookSecret request, CancellationToken cancellationToken)
    {
        var secret = Signature.NewSecret();
        return await db.ExecuteAsync(Renew, new { request.WebhookId, secret }, cancellationToken) == 1
            ? new WebhookSecret(secret)
            : throw new ErrorException(WebhookErrors.NotFound.Of(request.WebhookId));
    }
}
