namespace Shop.IntegrationTests.Model;

/// <summary>The rules of this shop that a run is made with.</summary>
internal sealed record ShopRules
{
    public const long MinimumCharge = 1_000;
    public const long MaximumBalance = 10_000_000;
    public const int MostInLine = 1_000;
    public const int MostLines = 50;
    public const long MostOnHand = 1_000_000_000;

    public static readonly TimeSpan PaymentWindow = TimeSpan.FromMinutes(15);
    public static readonly TimeSpan TopUpLifetime = TimeSpan.FromMinutes(15);
    public static readonly TimeSpan LookupInterval = TimeSpan.FromMinutes(1);
    public static readonly TimeSpan LongestLookupPause = TimeSpan.FromHours(1);
    public static readonly TimeSpan LookedUpAfterExpiry = TimeSpan.FromHours(24);

    /// <summary>
    /// A tenth less than the interval of the waiting lines: another instance's timer need not be exact.
    /// </summary>
    public static readonly TimeSpan QueuePace = TimeSpan.FromMilliseconds(900);

    /// <summary>Small, so that lines and outboxes are worked off in several steps.</summary>
    public int QueueBatch { get; init; } = 2;

    public int EventBatch { get; init; } = 4;

    public bool RequiresBalanceAtOrder { get; init; }

    /// <summary>Few, so that customers come to it.</summary>
    public int MaximumOpenOrders { get; init; } = 4;

    public int MaximumPendingTopUps { get; init; } = 3;
}

/// <summary>
/// The shop as the contract describes it, in plain memory: one call at a time, no database. Effects of events happen
/// when the events are delivered.
/// </summary>
internal sealed partial class ShopModel(ShopRules rules)
{
    public DateTime Now { get; set; }

    public List<User> Users { get; } = [];

    public List<Product> Products { get; } = [];

    public List<Coupon> Coupons { get; } = [];

    public List<Order> Orders { get; } = [];

    /// <summary>Closed orders whose events are still under way, oldest first.</summary>
    public List<Closing> UnderWay { get; } = [];

    /// <summary>Deliveries for the data platform, in order.</summary>
    public List<Closing> Told { get; } = [];

    public User? FindUser(long userId) => Users.Find(user => user.Id == userId);

    public Product? FindProduct(long productId) => Products.Find(product => product.Id == productId);

    public Reply Charge(Asker by, long userId, long amount)
    {
        if (by.ActsFor(userId) is { } refused)
            return refused;
        if (amount <= 0)
            return Reply.Invalid();
        if (FindUser(userId) is not { } user)
            return Reply.UserNotFound();
        if (CheckCharge(user, amount) is { } error)
            return error;
        Enter(user, "CHARGE", amount, payment: null);
        long transaction = 0;
        return Reply.Ok(() => new { userId, balance = user.Balance, transactionId = transaction }) with
        {
            Learn = body => transaction = body.GetProperty("transactionId").GetInt64(),
        };
    }

    public Reply AdjustWallet(Asker by, long userId, long amount, string reason)
    {
        if (by.Administers() is { } refused)
            return refused;
        if (amount == 0)
            return Reply.Invalid();
        if (FindUser(userId) is not { } user)
            return Reply.UserNotFound();
        if (user.Balance + (Int128)amount < 0)
            return Reply.Conflict("wallet.insufficient_balance", new { balance = user.Balance });
        if (amount > 0 && amount > ShopRules.MaximumBalance - user.Balance)
            return MaximumBalanceExceeded(user);
        Enter(user, "ADJUSTMENT", amount, payment: null, reason);
        long transaction = 0;
        return Reply.Created(
            body => transaction = body.GetProperty("transactionId").GetInt64(),
            () => new { userId, balance = user.Balance, transactionId = transaction });
    }

    private static Reply? CheckCharge(User user, long amount) =>
        amount < ShopRules.MinimumCharge
            ? Reply.Refused(422, "wallet.below_minimum_charge", new { minimum = ShopRules.MinimumCharge })
            : amount > ShopRules.MaximumBalance - user.Balance ? MaximumBalanceExceeded(user) : null;

    private static Reply MaximumBalanceExceeded(User user) => Reply.Conflict(
        "wallet.maximum_balance_exceeded", new { maximum = ShopRules.MaximumBalance, balance = user.Balance });

    private void Enter(User user, string type, long amount, Payment? payment, string? reference = null)
    {
        user.Balance += amount;
        user.Ledger.Add(new LedgerEntry(type, amount, user.Balance, payment, Now, reference));
    }
}
