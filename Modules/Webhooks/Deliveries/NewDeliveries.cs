using Shop.Webhooks.Subscriptions;

namespace Shop.Webhooks.Deliveries;

/// <summary>An event as webhooks get it.</summary>
/// <param name="Stream">Deliveries of one stream arrive in order.</param>
/// <param name="Envelope">One line of JSON.</param>
internal sealed record NewDelivery(
    Guid EventId, string Stream, string Type, string Envelope, DateTimeOffset OccurredAt);

/// <summary>Writes events down for each webhook that subscribes to their type. Those for a PAUSED one wait.</summary>
internal sealed class NewDeliveries(Db db)
{
    private const string SelectTypes = """
        select distinct type from webhooks.webhooks, unnest(types) as t (type) where status <> 'DELETED'
        """;

    // 20 webhooks at most.
    internal const string Insert = $"""
        insert into webhooks.deliveries (webhook_id, event_id, stream, type, envelope, occurred_at, next_attempt_at)
        select w.webhook_id, d.event_id, d.stream, d.type, d.envelope, d.occurred_at, (select shop.now())
        from unnest(@events, @streams, @types, @envelopes, @occurred) with ordinality
            as d (event_id, stream, type, envelope, occurred_at, position)
        cross join lateral (
            select webhook_id from webhooks.webhooks
            where status <> 'DELETED' and (d.type = any(types)
                or (d.type like 'order.%' and '{WebhookRules.EveryOrderType}' = any(types)))
            offset 0) as w
        order by d.position
        """;

    /// <summary>The types that some webhook subscribes to.</summary>
    public async Task<IReadOnlySet<string>> ReadTypesAsync(CancellationToken ct)
    {
        var types = new HashSet<string>();
        db.QueueRead(SelectTypes, row => types.Add(row.GetString(0)));
        await db.FlushAsync(ct);
        return types;
    }

    public void Queue(IReadOnlyList<NewDelivery> deliveries)
    {
        if (deliveries.Count > 0)
            db.Queue(
                Insert,
                ("events", deliveries.Select(delivery => delivery.EventId).ToArray()),
                ("streams", deliveries.Select(delivery => delivery.Stream).ToArray()),
                ("types", deliveries.Select(delivery => delivery.Type).ToArray()),
                ("envelopes", deliveries.Select(delivery => delivery.Envelope).ToArray()),
                ("occurred", deliveries.Select(delivery => delivery.OccurredAt.UtcDateTime).ToArray()));
    }
}
