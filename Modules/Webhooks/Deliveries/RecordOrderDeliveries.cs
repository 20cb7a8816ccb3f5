using Shop.BuildingBlocks.Outbox;
using Shop.Ordering.Contracts;
using Shop.Webhooks.Subscriptions;

namespace Shop.Webhooks.Deliveries;

/// <summary>Records deliveries to webhooks of the events of orders. Those to a PAUSED one wait.</summary>
[EventHandler("webhooks.record-order-deliveries", LockOrder.Queue)]
internal sealed class RecordOrderDeliveries(Db db) : IEventBatchHandler<OrderEvent>
{
    private const string SelectTypes = """
        select distinct type from webhooks.webhooks, unnest(types) as t (type) where status <> 'DELETED'
        """;

    // 20 webhooks at most.
    internal const string InsertDeliveries = $"""
        insert into webhooks.deliveries (webhook_id, event_id, stream, type, envelope, occurred_at, next_attempt_at)
        select w.webhook_id, d.event_id, d.stream, d.type, d.envelope, d.occurred_at, (select shop.now())
        from unnest(@events, @streams, @types, @envelopes, @occurred) with ordinality
            as d (event_id, stream, type, envelope, occurred_at, position)
        cross join lateral (
            select webhook_id from webhooks.webhooks
            where status <> 'DELETED' and (d.type = any(types) or '{WebhookRules.EveryOrderType}' = any(types))
            offset 0) as w
        order by d.position
        """;

    public async Task Handle(IReadOnlyList<EventEnvelope<OrderEvent>> events, CancellationToken ct)
    {
        var wanted = (await db.QueryAsync<string>(SelectTypes, null, ct)).ToHashSet();
        var envelopes = events
            .Where(happened => wanted.Contains(WebhookRules.EveryOrderType)
                || wanted.Contains(OrderEnvelope.TypeOf(happened.Event)))
            .Select(happened => OrderEnvelope.Of(happened.EventId, happened.OccurredAt, happened.Event))
            .ToList();
        if (envelopes.Count > 0)
            db.Queue(
                InsertDeliveries,
                ("events", envelopes.ConvertAll(envelope => envelope.EventId)),
                ("streams", envelopes.ConvertAll(envelope => envelope.Order.OrderId.ToString())),
                ("types", envelopes.ConvertAll(envelope => envelope.Type)),
                ("envelopes", envelopes.ConvertAll(ShopJson.Write)),
                ("occurred", envelopes.ConvertAll(envelope => envelope.OccurredAt)));
    }
}
