using System.Text.Json;
using Shop.BuildingBlocks.Outbox;
using Shop.Ordering.Contracts;

namespace Shop.Ordering.DataPlatform;

/// <summary>Writes down what the data platform is to be told; a worker tells it, outside any transaction.</summary>
[EventHandler("ordering.record-delivery", LockOrder.Queue)]
internal sealed class RecordDelivery(Db db) : IEventBatchHandler<OrderClosed>
{
    internal const string InsertDeliveries = """
        insert into ordering.deliveries (event_id, order_id, sequence, type, envelope, occurred_at, next_attempt_at)
        select event_id, order_id, sequence, type, envelope, occurred_at, (select shop.now())
        from unnest(@events, @orders, @sequences, @types, @envelopes, @occurred) with ordinality
            as d (event_id, order_id, sequence, type, envelope, occurred_at, position)
        order by position
        """;

    public Task Handle(IReadOnlyList<EventEnvelope<OrderClosed>> events, CancellationToken ct)
    {
        var envelopes = events.Select(Envelope.Of).ToList();
        db.QueueWrite(
            InsertDeliveries,
            envelopes.Count,
            ("events", envelopes.ConvertAll(envelope => envelope.EventId)),
            ("orders", envelopes.ConvertAll(envelope => envelope.Order.OrderId)),
            ("sequences", envelopes.ConvertAll(envelope => envelope.Sequence)),
            ("types", envelopes.ConvertAll(envelope => envelope.Type)),
            ("envelopes", envelopes.ConvertAll(envelope => envelope.ToJson())),
            ("occurred", envelopes.ConvertAll(envelope => envelope.OccurredAt)));
        return Task.CompletedTask;
    }
}

/// <summary>What the data platform gets.</summary>
/// <param name="Sequence">1, 2, … for each order: receivers drop what they have seen and what comes late.</param>
internal sealed record Envelope(string Type, Guid EventId, DateTimeOffset OccurredAt, int Sequence, Order Order)
{
    private static readonly JsonSerializerOptions Json = Options();

    public static Envelope Of(EventEnvelope<OrderClosed> closed) => new(
        $"order.{EnumNames.Of(closed.Event.Order.Status).ToLowerInvariant()}",
        closed.EventId,
        closed.OccurredAt,
        SequenceOf(closed.Event.Order.Status),
        closed.Event.Order);

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    // An order closes once, and a paid one may close a second time, by its refund.
    private static int SequenceOf(OrderStatus status) => status == OrderStatus.Refunded ? 2 : 1;

    private static JsonSerializerOptions Options()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        ShopJson.Apply(options);
        return options;
    }
}
