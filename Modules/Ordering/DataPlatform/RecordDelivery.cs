using System.Text.Json;
using System.Text.Json.Serialization;
using Shop.BuildingBlocks.Outbox;
using Shop.Ordering.Contracts;

namespace Shop.Ordering.DataPlatform;

/// <summary>Writes down what the data platform is to be told; a worker tells it, outside any transaction.</summary>
[EventHandler("ordering.record-delivery", LockOrder.Queue)]
internal sealed class RecordDelivery(Db db) : IEventBatchHandler<OrderEvent>
{
    internal const string InsertDeliveries = """
        insert into ordering.deliveries (event_id, order_id, sequence, type, envelope, occurred_at, next_attempt_at)
        select event_id, order_id, sequence, type, envelope, occurred_at, (select shop.now())
        from unnest(@events, @orders, @sequences, @types, @envelopes, @occurred) with ordinality
            as d (event_id, order_id, sequence, type, envelope, occurred_at, position)
        order by position
        """;

    public Task Handle(IReadOnlyList<EventEnvelope<OrderEvent>> events, CancellationToken ct)
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

/// <summary>The envelope that the data platform gets.</summary>
/// <param name="Sequence">1, 2, … for each order: receivers drop what they have seen and what comes late.</param>
/// <param name="Refund">Of some of the order, in the event of a refund alone.</param>
internal sealed record Envelope(
    string Type, Guid EventId, DateTimeOffset OccurredAt, int Sequence, Order Order,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] OrderRefund? Refund = null)
{
    private static readonly JsonSerializerOptions Json = Options();

    public static Envelope Of(EventEnvelope<OrderEvent> happened) => new(
        happened.Event is OrderPartiallyRefunded
            ? "order.partially_refunded"
            : $"order.{EnumNames.Of(happened.Event.Order.Status).ToLowerInvariant()}",
        happened.EventId,
        happened.OccurredAt,
        SequenceOf(happened.Event),
        happened.Event.Order,
        RefundOf(happened.Event));

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    // An order closes once; behind a payment come its refunds, the last of which closes it a second time.
    private static int SequenceOf(OrderEvent happened) => happened switch
    {
        OrderPartiallyRefunded partial => 1 + partial.Number,
        OrderRefunded refunded => 1 + refunded.Number,
        _ => 1,
    };

    private static OrderRefund? RefundOf(OrderEvent happened) => happened switch
    {
        OrderPartiallyRefunded partial => partial.Refund,
        OrderRefunded refunded => refunded.Refund,
        _ => null,
    };

    private static JsonSerializerOptions Options()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        ShopJson.Apply(options);
        return options;
    }
}
