namespace Shop.Webhooks.Subscriptions;

/// <summary>Ends a webhook; its deliveries are cleared away later.</summary>
internal sealed record DeleteWebhook(Guid WebhookId) : ICommand<Unit>;

internal static class DeleteWebhookEndpoint
{
    public static void MapDeleteWebhook(this IEndpointRouteBuilder webhook) => webhook
        .MapDelete("", async (Guid webhookId, IMediator mediator, CancellationToken ct) =>
        {
            await mediator.Send(new DeleteWebhook(webhookId), ct);
            return TypedResults.NoContent();
        })
        .WithName(nameof(DeleteWebhook))
        .WithSummary("Ends a webhook and what it was still to be told")
        .Fails(WebhookErrors.NotFound);
}

internal sealed class DeleteWebhookHandler(Db db) : IRequestHandler<DeleteWebhook, Unit>
{
    // The row goes with the last of its deliveries: there may be millions.
    private const string Delete = """
        update webhooks.webhooks set status = 'DELETED', previous_secret = null, previous_until = null, secret = ''
        where webhook_id = @WebhookId and status <> 'DELETED'
        """;

    public async Task<Unit> Handle(DeleteWebhook request, CancellationToken cancellationToken) =>
        await db.ExecuteAsync(Delete, new { request.WebhookId }, cancellationToken) == 1
            ? Unit.Value
            : throw new ErrorException(WebhookErrors.NotFound.Of(request.WebhookId));
}
