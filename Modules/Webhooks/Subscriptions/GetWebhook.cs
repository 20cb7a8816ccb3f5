namespace Shop.Webhooks.Subscriptions;

internal sealed record GetWebhook(Guid WebhookId) : IQuery<Webhook>;

internal static class GetWebhookEndpoint
{
    public static void MapGetWebhook(this IEndpointRouteBuilder webhook) => webhook
        .MapGet("", async (Guid webhookId, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(await mediator.Send(new GetWebhook(webhookId), ct)))
        .WithName(nameof(GetWebhook))
        .WithSummary("One webhook, without its secret")
        .Fails(WebhookErrors.NotFound);
}

internal sealed class GetWebhookHandler(Db db) : IRequestHandler<GetWebhook, Webhook>
{
    private const string SelectWebhook =
        $"select {WebhookRow.Columns} from webhooks.webhooks where webhook_id = @WebhookId and status <> 'DELETED'";

    public async Task<Webhook> Handle(GetWebhook request, CancellationToken cancellationToken) =>
        (await db.QuerySingleOrDefaultAsync<WebhookRow>(SelectWebhook, new { request.WebhookId }, cancellationToken)
            ?? throw new ErrorException(WebhookErrors.NotFound.Of(request.WebhookId))).ToWebhook();
}
