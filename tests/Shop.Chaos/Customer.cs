using System.Text.Json;

namespace Shop.Chaos;

/// <summary>The acknowledged effects of one customer: all must be found later, and nothing besides.</summary>
internal sealed class Customer(long userId, string token)
{
    public long UserId => userId;

    public string Token => token;

    /// <summary>The answers to charges, by their amounts: no amount is charged twice.</summary>
    public Dictionary<long, Answer> Charges { get; } = [];

    public Dictionary<Guid, RecordedOrder> Orders { get; } = [];

    /// <summary>The answers to payments that took money.</summary>
    public Dictionary<Guid, Answer> Payments { get; } = [];

    /// <summary>User coupons had at once, by the coupon.</summary>
    public Dictionary<long, long> Coupons { get; } = [];

    public HashSet<Guid> Requests { get; } = [];

    public Dictionary<long, int> Cart { get; } = [];

    public long Balance =>
        Charges.Keys.Sum() - Orders.Values.Where(order => order.Status == "PAID").Sum(order => order.Total);
}

/// <param name="Answer">The order as it was when it was made.</param>
internal sealed record RecordedOrder(JsonElement Answer)
{
    public Guid OrderId => Answer.GetProperty("orderId").GetGuid();

    public long Total => Answer.GetProperty("totalAmount").GetInt64();

    /// <summary>The status that it must have now; an unpaid order may have expired.</summary>
    public string Status { get; set; } = Answer.GetProperty("status").GetString()!;
}
