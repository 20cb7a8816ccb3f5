using Shop.BuildingBlocks.Outbox;
using Shop.Ordering.Contracts;

namespace Shop.Ordering.DataPlatform;

/// <summary>Writes down what the data platform is to be told; a worker tells it, outside any transaction.</summary>
[EventHandler("ordering.record-delivery", LockOrder.Queue)]
internal sealed class RecordDelivery(Db db) : IEventBatchHandler<OrderEvent>
{
    internal const string InsertDeliveries = """
        insert into ordering.deliveries (event_id, order_id, sequence, type, envelope, occurred_at, next_attempt_at)
        select event_id, order_id, sequence, type, convert_from(envelope, 'UTF8'), occurred_at, (select shop.now())
        from unnest(@events, @orders, @sequences, @types, @envelopes, @occurred) with ordinality
            as d (event_id, order_id, sequence, type, envelope, occurred_at, position)
        order by position
        """;

    public Task Handle(IReadOnlyList<EventEnvelope<OrderEvent>> events, CancellationToken ct)
    {
        var envelopes = events
            .Select(happened => OrderEnvelope.Of(happened.EventId, happened.OccurredAt, happened.Event))
            .ToList();
        db.QueueWrite(
            InsertDeliveries,
            envelopes.Count,
            ("events", envelopes.ConvertAll(envelope => envelope.EventId)),
            ("orders", envelopes.ConvertAll(envelope => envelope.Order.OrderId)),
            ("sequences", envelopes.ConvertAll(envelope => envelope.Sequence)),
            ("types", envelopes.ConvertAll(envelope => envelope.Type)),
            ("envelopes", envelopes.ConvertAll(ShopJson.WriteBytes)),
            ("occurred", envelopes.ConvertAll(envelope => envelope.OccurredAt)));
        return Task.CompletedTask;
    }
}
