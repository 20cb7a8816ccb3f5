using Shop.BuildingBlocks.Outbox;
using Shop.Ordering.Contracts;
using Shop.Webhooks.Subscriptions;

namespace Shop.Webhooks.Deliveries;

/// <summary>Records deliveries to webhooks of the events of orders.</summary>
[EventHandler("webhooks.record-order-deliveries", LockOrder.Queue)]
internal sealed class RecordOrderDeliveries(NewDeliveries deliveries) : IEventBatchHandler<OrderEvent>
{
    public async Task Handle(IReadOnlyList<EventEnvelope<OrderEvent>> events, CancellationToken ct)
    {
        var wanted = await deliveries.ReadTypesAsync(ct);
        deliveries.Queue(
        [
            .. events
                .Where(happened => wanted.Contains(WebhookRules.EveryOrderType)
                    || wanted.Contains(OrderEnvelope.TypeOf(happened.Event)))
                .Select(happened => OrderEnvelope.Of(happened.EventId, happened.OccurredAt, happened.Event))
                .Select(envelope => new NewDelivery(
                    envelope.EventId,
                    envelope.Order.OrderId.ToString(),
                    envelope.Type,
                    ShopJson.Write(envelope),
                    envelope.OccurredAt)),
        ]);
    }
}
