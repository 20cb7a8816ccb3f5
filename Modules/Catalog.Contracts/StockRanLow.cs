using System.Text.Json.Serialization;
using Shop.Messages;

namespace Shop.Catalog.Contracts;

/// <summary>The stock that can be ordered has fallen to the product's threshold, or under it.</summary>
/// <param name="Stock">Pieces on hand that are not reserved.</param>
[EventName("catalog.low-stock")]
public sealed record StockRanLow(long ProductId, long Stock, long Threshold) : IDomainEvent
{
    [JsonIgnore]
    public string OrderingKey => ProductId.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
