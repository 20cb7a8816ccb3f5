namespace Shop.Webhooks.Subscriptions;

internal sealed record ListWebhooks(PageRequest Page) : IQuery<Page<Webhook>>, IReplicaQuery;

internal static class ListWebhooksEndpoint
{
    public static void MapListWebhooks(this IEndpointRouteBuilder webhooks) => webhooks
        .MapGet("", async ([AsParameters] PageRequest page, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(await mediator.Send(new ListWebhooks(page), ct)))
        .WithName(nameof(ListWebhooks))
        .WithSummary("Webhooks without their secrets, newest first")
        .WithDescription($"There are {WebhookRules.Maximum} at most.");
}

internal sealed class ListWebhooksHandler(Db db, Cursors cursors) : IRequestHandler<ListWebhooks, Page<Webhook>>
{
    private const string List = "webhooks";

    private const string SelectWebhooks = $"""
        select {WebhookRow.Columns} from webhooks.webhooks
        where status <> 'DELETED' and (@after::uuid is null or webhook_id < @after)
        order by webhook_id desc limit @limit
        """;

    private sealed record After(Guid WebhookId);

    public async Task<Page<Webhook>> Handle(ListWebhooks request, CancellationToken cancellationToken)
    {
        var after = cursors.Read<After>(List, request.Page)?.WebhookId;
        var rows = await db.QueryAsync<WebhookRow>(
            SelectWebhooks, new { after, limit = request.Page.Size + 1 }, cancellationToken);
        return cursors.Page(List, request.Page, rows, last => new After(last.WebhookId))
            .Select(row => row.ToWebhook());
    }
}
