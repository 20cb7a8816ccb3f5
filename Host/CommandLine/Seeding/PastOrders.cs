using Shop.BuildingBlocks;

namespace Shop.Host.CommandLine.Seeding;

/// <param name="Left">Stock on hand in the end; null where the orders decide.</param>
internal sealed record SeededProduct(long ProductId, string Name, long Price, long? Left)
{
    public long OnHand { get; set; }
}

internal sealed record SeededUser(long UserId)
{
    public long Balance { get; set; }
}

internal sealed record PastOrder(
    Guid OrderId,
    long UserId,
    string Status,
    long Amount,
    Guid? PaymentId,
    DateTimeOffset CreatedAt,
    DateTimeOffset ClosedAt,
    DateTimeOffset ExpiresAt);

internal sealed record PastLine(Guid OrderId, int Line, SeededProduct Product, int Quantity);

internal sealed record PastPayment(
    Guid PaymentId,
    Guid OrderId,
    long UserId,
    long Amount,
    DateTimeOffset CreatedAt,
    DateTimeOffset? PaidAt,
    DateTimeOffset? RefundedAt);

internal sealed record PastEntry(
    long UserId, string Type, long Amount, long BalanceAfter, Guid? Reference, Guid? Cause, DateTimeOffset At,
    string? Reason = null);

internal sealed record PastMovement(
    long ProductId, string Type, long Delta, long OnHandAfter, string? Reason, Guid? OrderId, DateTimeOffset At,
    Guid? Cause = null);

/// <summary>
/// Past orders and their books, made up order by order as the shop itself would have written them. Most orders were
/// paid; some were refunded, cancelled, not paid in time, or not covered by the wallet.
/// </summary>
internal sealed class PastOrders(
    Random random,
    IReadOnlyList<SeededUser> users,
    IReadOnlyList<SeededProduct> products,
    Func<DateTimeOffset, DateOnly> dayOf)
{
    private const int Supply = 1_000;
    private const long SmallestCharge = 100_000;
    private const int MostLines = 3;

    private static readonly TimeSpan Thinking = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(15);

    public List<PastOrder> Orders { get; } = [];

    public List<PastLine> Lines { get; } = [];

    public List<PastPayment> Payments { get; } = [];

    public List<PastEntry> Entries { get; } = [];

    public List<PastMovement> Movements { get; } = [];

    /// <summary>Over all that was added, not only since <see cref="Clear"/>.</summary>
    public Dictionary<(DateOnly Day, long ProductId), long> Sales { get; } = [];

    public void Add(DateTimeOffset at)
    {
        var orderId = Guid.CreateVersion7(at);
        var user = users[random.Next(users.Count)];
        var lines = Pick();
        var amount = lines.Sum(line => line.Product.Price * line.Quantity);
        var status = StatusOf(random.Next(100));
        var closed = status == "EXPIRED" ? at + Window : at + Thinking;
        Guid? paymentId = status is "PAID" or "REFUNDED" or "PAYMENT_FAILED" ? Guid.CreateVersion7(closed) : null;
        var refunded = status == "REFUNDED" ? closed + Thinking : (DateTimeOffset?)null;

        Orders.Add(new PastOrder(orderId, user.UserId, status, amount, paymentId, at, refunded ?? closed, at + Window));
        if (paymentId is { } payment)
            Payments.Add(
                new PastPayment(
                    payment,
                    orderId,
                    user.UserId,
                    amount,
                    closed,
                    status == "PAYMENT_FAILED" ? null : closed,
                    refunded));
        for (var i = 0; i < lines.Count; i++)
            Lines.Add(new PastLine(orderId, i + 1, lines[i].Product, lines[i].Quantity));
        if (status is "PAID" or "REFUNDED")
            Sell(user, orderId, paymentId!.Value, lines, amount, closed, refunded);
    }

    public void Clear()
    {
        Orders.Clear();
        Lines.Clear();
        Payments.Clear();
        Entries.Clear();
        Movements.Clear();
    }

    private void Sell(
        SeededUser user, Guid orderId, Guid paymentId, List<(SeededProduct Product, int Quantity)> lines, long amount,
        DateTimeOffset paid, DateTimeOffset? refunded)
    {
        if (user.Balance < amount)
            Enter(user, "CHARGE", Math.Max(SmallestCharge, amount - user.Balance), null, null, paid);
        Enter(user, "PAYMENT", -amount, paymentId, orderId, paid);
        foreach (var (product, quantity) in lines)
        {
            if (product.OnHand < quantity)
                Move(product, "ADJUSTMENT", Supply, "new supply", null, paid);
            Move(product, "SALE", -quantity, null, orderId, paid);
        }

        if (refunded is { } at)
        {
            Enter(user, "REFUND", amount, paymentId, orderId, at);
            foreach (var (product, quantity) in lines)
                Move(product, "RETURN", quantity, null, orderId, at);
            return;
        }

        foreach (var (product, quantity) in lines)
        {
            var day = (dayOf(paid), product.ProductId);
            Sales[day] = Sales.GetValueOrDefault(day) + quantity;
        }
    }

    private void Enter(SeededUser user, string type, long amount, Guid? reference, Guid? cause, DateTimeOffset at)
    {
        user.Balance += amount;
        Entries.Add(new PastEntry(user.UserId, type, amount, user.Balance, reference, cause, at));
    }

    private void Move(SeededProduct product, string type, long delta, string? reason, Guid? orderId, DateTimeOffset at)
    {
        product.OnHand += delta;
        Movements.Add(new PastMovement(product.ProductId, type, delta, product.OnHand, reason, orderId, at));
    }

    // Some products are more popular than others: the square of a random number prefers the first ones.
    private List<(SeededProduct Product, int Quantity)> Pick() => Enumerable.Range(0, random.Next(1, MostLines + 1))
        .Select(_ => products[(int)(products.Count * Math.Pow(random.NextDouble(), 2))])
        .Distinct()
        .Select(product => (product, random.Next(1, 3)))
        .ToList();

    private static string StatusOf(int percent) => percent switch
    {
        < 90 => "PAID",
        < 94 => "REFUNDED",
        < 97 => "EXPIRED",
        < 99 => "CANCELLED",
        _ => "PAYMENT_FAILED",
    };
}
