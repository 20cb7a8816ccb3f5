using System.ComponentModel;

namespace Shop.Webhooks.Subscriptions;

internal sealed record ListWebhookDeliveries(Guid WebhookId, WebhookDeliveryStatus? Status, PageRequest Page)
    : IQuery<Page<WebhookDelivery>>, IReplicaQuery;

internal enum WebhookDeliveryStatus
{
    Delivered,
    Pending,

    /// <summary>Given up until somebody retries or discards it.</summary>
    Dead,

    /// <summary>Given up for good, by somebody.</summary>
    Discarded,
}

/// <param name="Attempts">Those that counted.</param>
/// <param name="LastStatus">The receiver's, or null where nobody answered yet.</param>
/// <param name="LastAnswer">The first 200 bytes of it, or why nobody answered, on one line.</param>
/// <param name="NextAttemptAt">Of a PENDING one; it may wait for an earlier one of its order, too.</param>
internal sealed record WebhookDelivery(
    Guid EventId, string Type, WebhookDeliveryStatus Status, int Attempts, int? LastStatus, string? LastAnswer,
    DateTimeOffset? NextAttemptAt);

internal static class ListWebhookDeliveriesEndpoint
{
    public static void MapListWebhookDeliveries(this IEndpointRouteBuilder webhook) => webhook
        .MapGet("/deliveries", async (
            Guid webhookId,
            [Description("All without it."), OneOf(typeof(WebhookDeliveryStatus))] string? status,
            [AsParameters] PageRequest page,
            IMediator mediator,
            CancellationToken ct) =>
            TypedResults.Ok(await mediator.Send(
                new ListWebhookDeliveries(webhookId, EnumQuery.Parse<WebhookDeliveryStatus>("status", status), page),
                ct)))
        .WithName(nameof(ListWebhookDeliveries))
        .WithSummary("What a webhook was told and is still to be told, newest first")
        .Fails(WebhookErrors.NotFound);
}

internal sealed class ListWebhookDeliveriesHandler(Db db, Cursors cursors)
    : IRequestHandler<ListWebhookDeliveries, Page<WebhookDelivery>>
{
    private const string Exists =
        "select exists (select from webhooks.webhooks where webhook_id = @WebhookId and status <> 'DELETED')";

    private const string Columns = """
        select delivery_id, event_id, type, status, attempts, last_status, last_answer,
            case when status = 'PENDING' then next_attempt_at end as next_attempt_at
        from webhooks.deliveries
        """;

    private const string SelectAll = $"""
        {Columns} where webhook_id = @WebhookId and delivery_id < @after order by delivery_id desc limit @limit
        """;

    private const string SelectByStatus = $"""
        {Columns} where webhook_id = @WebhookId and status = @status and delivery_id < @after
        order by delivery_id desc limit @limit
        """;

    private sealed record After(long DeliveryId);

    private sealed record Row(
        long DeliveryId, Guid EventId, string Type, string Status, int Attempts, int? LastStatus, string? LastAnswer,
        DateTimeOffset? NextAttemptAt)
    {
        public WebhookDelivery ToDelivery() => new(
            EventId, Type, EnumNames.Read<WebhookDeliveryStatus>(Status), Attempts, LastStatus, LastAnswer,
            NextAttemptAt);
    }

    public async Task<Page<WebhookDelivery>> Handle(
        ListWebhookDeliveries request, CancellationToken cancellationToken)
    {
        var list = $"webhook-deliveries {request.WebhookId} {request.Status}";
        var after = cursors.Read<After>(list, request.Page)?.DeliveryId ?? long.MaxValue;
        if (!await db.QuerySingleAsync<bool>(Exists, new { request.WebhookId }, cancellationToken))
            throw new ErrorException(WebhookErrors.NotFound.Of(request.WebhookId));
        var status = request.Status is { } wanted ? EnumNames.Of(wanted) : null;
        var rows = await db.QueryAsync<Row>(
            status is null ? SelectAll : SelectByStatus,
            new { request.WebhookId, status, after, limit = request.Page.Size + 1 },
            cancellationToken);
        return cursors.Page(list, request.Page, rows, last => new After(last.DeliveryId))
            .Select(row => row.ToDelivery());
    }
}
