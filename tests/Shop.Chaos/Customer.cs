using System.Text.Json;

namespace Shop.Chaos;

/// <summary>The acknowledged effects of one customer: all must be found later, and nothing besides.</summary>
internal sealed class Customer(long userId, string token)
{
    public long UserId => userId;

    public string Token => token;

    /// <summary>The answers to charges, by their amounts: no amount is charged twice.</summary>
    public Dictionary<long, Answer> Charges { get; } = [];

    /// <summary>The answers to confirms of top-ups, all of which a provider took the money for.</summary>
    public Dictionary<Guid, Answer> TopUps { get; } = [];

    /// <summary>The answers to adjustments, with their amounts.</summary>
    public List<(long Amount, Answer Answer)> Adjustments { get; } = [];

    public Dictionary<Guid, RecordedOrder> Orders { get; } = [];

    /// <summary>The answers to payments that took money.</summary>
    public Dictionary<Guid, Answer> Payments { get; } = [];

    /// <summary>User coupons had at once, by the coupon.</summary>
    public Dictionary<long, long> Coupons { get; } = [];

    public HashSet<Guid> Requests { get; } = [];

    /// <summary>Pieces put in, less those that orders took: orders that came to nothing bring theirs back.</summary>
    public Dictionary<long, int> Cart { get; } = [];

    public long Balance =>
        Charges.Keys.Sum() + TopUps.Values.Sum(topUp => topUp["amount"].GetInt64())
        + Adjustments.Sum(adjustment => adjustment.Amount)
        - Orders.Values.Where(order => order.Status == "PAID").Sum(order => order.Total - order.RefundedAmount);
}

/// <param name="Answer">The order as it was when it was made.</param>
internal sealed record RecordedOrder(JsonElement Answer, bool IsFromCart)
{
    public Guid OrderId => Answer.GetProperty("orderId").GetGuid();

    public long Total => Answer.GetProperty("totalAmount").GetInt64();

    /// <summary>The status that it must have now; an unpaid order may have expired.</summary>
    public string Status { get; set; } = Answer.GetProperty("status").GetString()!;

    /// <summary>When it left the house, as the shop said; null: it has not.</summary>
    public string? FulfilledAt { get; set; }

    /// <summary>The amounts of the refunds of some of it.</summary>
    public List<long> Refunds { get; } = [];

    public long RefundedAmount => Refunds.Sum();

    private Dictionary<long, int> RefundedPieces { get; } = [];

    /// <summary>The lines with the pieces that are not refunded.</summary>
    public IReadOnlyList<(long ProductId, int Quantity)> Remaining =>
    [
        .. Answer.GetProperty("items").EnumerateArray().Select(item =>
        {
            var productId = item.GetProperty("productId").GetInt64();
            return (productId, item.GetProperty("quantity").GetInt32() - RefundedOf(productId));
        }),
    ];

    /// <summary>How many pieces must be refunded now.</summary>
    public int RefundedOf(long productId) => RefundedPieces.GetValueOrDefault(productId);

    public void Refund(long productId, int quantity, long amount)
    {
        RefundedPieces[productId] = RefundedOf(productId) + quantity;
        Refunds.Add(amount);
        if (Remaining.All(line => line.Quantity == 0))
            Status = "REFUNDED";
    }

    /// <summary>The amounts of the REFUND lines that it must have in the ledger.</summary>
    public IEnumerable<long> RefundLines => Status == "REFUNDED" && Remaining.Any(line => line.Quantity > 0)
        ? Refunds.Append(Total - RefundedAmount)
        : Refunds;

    /// <summary>Adds the pieces that were ordered, or with -1 takes them off.</summary>
    public void AddItemsTo(Dictionary<long, int> cart, int sign)
    {
        foreach (var item in Answer.GetProperty("items").EnumerateArray())
        {
            var productId = item.GetProperty("productId").GetInt64();
            cart[productId] = cart.GetValueOrDefault(productId) + sign * item.GetProperty("quantity").GetInt32();
        }
    }
}
