using Shop.BuildingBlocks.Outbox;
using Shop.Catalog.Contracts;
using Shop.Webhooks.Subscriptions;

namespace Shop.Webhooks.Deliveries;

/// <summary>Records deliveries to webhooks of stock that has become low, with the product's name of now.</summary>
[EventHandler("webhooks.record-low-stock-deliveries", LockOrder.Queue)]
internal sealed class RecordLowStockDeliveries(NewDeliveries deliveries, IMediator mediator)
    : IEventBatchHandler<StockRanLow>
{
    public async Task Handle(IReadOnlyList<EventEnvelope<StockRanLow>> events, CancellationToken ct)
    {
        if (!(await deliveries.ReadTypesAsync(ct)).Contains(WebhookRules.LowStockType))
            return;
        var products = await mediator.Send(
            new FindProducts([.. events.Select(happened => happened.Event.ProductId).Distinct()]), ct);
        var names = products.ToDictionary(product => product.ProductId, product => product.Name);
        deliveries.Queue([.. events.Select(happened => Delivery(happened, names[happened.Event.ProductId]))]);
    }

    private static NewDelivery Delivery(EventEnvelope<StockRanLow> happened, string name)
    {
        var (productId, stock, threshold) = happened.Event;
        var envelope = new Envelope(
            WebhookRules.LowStockType,
            happened.EventId,
            happened.OccurredAt,
            new Product(productId, name, stock, threshold));
        return new NewDelivery(
            happened.EventId,
            $"product {happened.Event.OrderingKey}",
            envelope.Type,
            ShopJson.Write(envelope),
            happened.OccurredAt);
    }

    private sealed record Envelope(string Type, Guid EventId, DateTimeOffset OccurredAt, Product Product);

    private sealed record Product(long ProductId, string Name, long Stock, long Threshold);
}
