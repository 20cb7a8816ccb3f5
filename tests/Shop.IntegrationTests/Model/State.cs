using System.Text.Json;

namespace Shop.IntegrationTests.Model;

/// <summary>A customer with wallet, cart, coupons and payments; each list in the order in which it grew.</summary>
internal sealed class User(long id)
{
    public long Id => id;

    public long Balance { get; set; }

    public List<LedgerEntry> Ledger { get; } = [];

    public List<CartLine> Cart { get; } = [];

    public List<IssuedCoupon> Coupons { get; } = [];

    public List<Order> Orders { get; } = [];

    public List<Payment> Payments { get; } = [];
}

internal sealed record LedgerEntry(
    string Type, long Amount, long BalanceAfter, Payment? Payment, DateTime At, string? Reference = null);

internal sealed class TopUp(User user, long amount, DateTime createdAt, DateTime expiresAt)
{
    public Guid Id { get; set; }

    public User User => user;

    public long Amount => amount;

    public DateTime CreatedAt => createdAt;

    public DateTime ExpiresAt => expiresAt;

    public string Status { get; set; } = "PENDING";

    public long? TransactionId { get; private set; }

    /// <summary>When the provider is asked about it without a confirm, or null for never.</summary>
    public DateTime? NextLookup { get; set; }

    public int Lookups { get; set; }

    public string StatusAt(DateTime now) => Status == "PENDING" && now >= expiresAt ? "EXPIRED" : Status;

    public void LearnTransaction(JsonElement id) =>
        TransactionId ??= id.ValueKind == JsonValueKind.Number ? id.GetInt64() : null;

    public void LookUpAfter(TimeSpan pause, DateTime now) =>
        NextLookup = now + pause <= expiresAt + ShopRules.LookedUpAfterExpiry ? now + pause : null;
}

/// <param name="OrderId">The provider's page takes what it is given: there need be no such top-up.</param>
internal sealed record FakePayment(Guid OrderId, long Amount, bool IsApproved)
{
    public string Id { get; set; } = "";
}

internal sealed class CartLine(Product product)
{
    public Product Product => product;

    public int Quantity { get; set; }
}

internal sealed class Product
{
    public long Id { get; set; }

    public required string Name { get; init; }

    public required long Price { get; set; }

    public required bool IsForSale { get; set; }

    public long OnHand { get; set; }

    public long Reserved { get; set; }

    public long Available => OnHand - Reserved;

    public List<Movement> Movements { get; } = [];

    public int? MaxPerOrder { get; set; }

    public int? MaxPerUser { get; set; }

    /// <summary>In which pieces are counted; it began when the limit for a user was set.</summary>
    public int Period { get; set; }

    /// <summary>Pieces by user and period.</summary>
    public Dictionary<(User User, int Period), long> Counts { get; } = [];

    /// <summary>The pieces that one order of the user may have; null is any number.</summary>
    public long? AllowedTo(User user)
    {
        var rest = MaxPerUser is { } most ? Math.Max(0, most - Counts.GetValueOrDefault((user, Period))) : (long?)null;
        return MaxPerOrder is { } maximum ? Math.Min(maximum, rest ?? long.MaxValue) : rest;
    }

    /// <param name="period">0 where the pieces are not counted.</param>
    public void Count(User user, int period, long pieces)
    {
        if (period > 0)
            Counts[(user, period)] = Counts.GetValueOrDefault((user, period)) + pieces;
    }
}

internal sealed record Movement(string Type, long Delta, long OnHandAfter, string? Reason, Order? Order, DateTime At);

internal sealed class Coupon
{
    public long Id { get; set; }

    public required string Name { get; init; }

    public required bool IsPercent { get; init; }

    public required long Value { get; init; }

    public long? MaxDiscount { get; init; }

    public long? MinimumOrderAmount { get; init; }

    public required int Quantity { get; set; }

    public required DateTime IssueFrom { get; init; }

    public required DateTime IssueUntil { get; set; }

    public required DateTime ValidFrom { get; init; }

    public required DateTime ValidUntil { get; set; }

    public bool IsStopped { get; set; }

    public int Issued { get; set; }

    public bool IsSoldOut => Issued >= Quantity;

    /// <summary>Whether nobody gets it any more: all that wait for it fail.</summary>
    public bool IsClosed => IsSoldOut || IsStopped;

    /// <summary>Every request ever, in the order of arrival: the place in this list is the sequence number.</summary>
    public List<QueueEntry> Requests { get; } = [];

    public int LastProcessed { get; set; }

    public DateTime? SettledAt { get; set; }
}

internal sealed class IssuedCoupon(Coupon coupon, User user, DateTime issuedAt)
{
    public long Id { get; set; }

    public Coupon Coupon => coupon;

    public User User => user;

    public DateTime IssuedAt => issuedAt;

    /// <summary>As it was when the coupon was issued.</summary>
    public DateTime ValidUntil { get; } = coupon.ValidUntil;

    public string Status { get; set; } = "AVAILABLE";

    public Order? Order { get; set; }

    public DateTime? UsedAt { get; set; }

    public string StatusAt(DateTime now) => Status == "AVAILABLE" && now >= ValidUntil ? "EXPIRED" : Status;
}

internal sealed class QueueEntry(Coupon coupon, User user, int sequenceNumber, DateTime requestedAt)
{
    public Guid Id { get; set; }

    public Coupon Coupon => coupon;

    public User User => user;

    public int SequenceNumber => sequenceNumber;

    public DateTime RequestedAt => requestedAt;

    public string Status { get; set; } = "WAITING";

    public IssuedCoupon? Issued { get; set; }

    public string? Reason { get; set; }

    public DateTime? SettledAt { get; set; }
}

internal sealed class Order(User user, IReadOnlyList<OrderLine> lines, DateTime createdAt, DateTime expiresAt)
{
    public Guid Id { get; set; }

    public User User => user;

    public IReadOnlyList<OrderLine> Lines => lines;

    public DateTime CreatedAt => createdAt;

    public string? CancelReason { get; set; }

    public DateTime? FulfilledAt { get; set; }

    public string? FulfilmentReference { get; set; }

    /// <summary>Refunded pieces of each line.</summary>
    public int[] Refunded { get; } = new int[lines.Count];

    public List<Refund> Refunds { get; } = [];

    public long RefundedAmount { get; set; }

    /// <summary>Whether the administrator ordered for the customer.</summary>
    public bool IsPlacedByAdmin { get; init; }

    public DateTime ExpiresAt => expiresAt;

    public string Status { get; set; } = "CREATED";

    public long ItemsAmount => lines.Sum(line => line.UnitPrice * line.Quantity);

    public long Discount { get; set; }

    public long Total => ItemsAmount - Discount;

    /// <summary>Whether its items go back to the cart where it comes to nothing unpaid.</summary>
    public bool IsFromCart { get; set; }

    /// <summary>The share of the first lines in the discount.</summary>
    public long ShareUpTo(int count) => ItemsAmount == 0
        ? 0
        : (long)((Int128)Discount * lines.Take(count).Sum(line => line.UnitPrice * line.Quantity) / ItemsAmount);

    /// <summary>The value of the next pieces of a line.</summary>
    public long ValueOf(int line, int pieces)
    {
        var (quantity, refunded) = (lines[line].Quantity, Refunded[line]);
        var net = (lines[line].UnitPrice * quantity) - (ShareUpTo(line + 1) - ShareUpTo(line));
        return (long)(((Int128)net * (refunded + pieces) / quantity) - ((Int128)net * refunded / quantity));
    }

    public IssuedCoupon? Coupon { get; set; }

    public Payment? Payment { get; set; }

    public DateTime? ClosedAt { get; set; }

    /// <summary>Of the order's goods: RESERVED, then SOLD or RELEASED, and RETURNED where they had been sold.</summary>
    public string Goods { get; set; } = "RESERVED";

    public string StatusAt(DateTime now) => Status == "CREATED" && now >= expiresAt ? "EXPIRED" : Status;
}

/// <param name="Period">In which its pieces are counted for the user, or 0.</param>
internal sealed record OrderLine(Product Product, long UnitPrice, int Quantity, int Period);

/// <param name="Pieces">By line: the pieces and their value.</param>
internal sealed record Refund(
    Order Order, IReadOnlyList<(OrderLine Line, int Pieces, long Value)> Pieces, bool Restock, string Reason,
    DateTime At)
{
    public Guid Id { get; set; }
}

internal sealed class Payment(Order order, DateTime? paidAt)
{
    public Guid Id { get; set; }

    public Order Order => order;

    public DateTime? PaidAt => paidAt;

    public DateTime? RefundedAt { get; set; }
}

/// <summary>
/// An order has been closed or refunded in part, and stock, coupons and the data platform have yet to hear of it.
/// </summary>
/// <param name="Status">The status that closed the order: a paid one may be closed again, by its refund.</param>
/// <param name="Pieces">Of a refund: the pieces that are refunded by it.</param>
/// <param name="Returns">Whether they are sold again.</param>
internal sealed record Closing(
    Order Order, string Status, IReadOnlyList<(OrderLine Line, int Pieces)>? Pieces = null, bool Returns = true);
