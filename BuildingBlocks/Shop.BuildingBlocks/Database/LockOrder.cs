namespace Shop.BuildingBlocks.Database;

/// <summary>The one order in which every transaction takes its locks: commands and event handlers alike.</summary>
public enum LockOrder
{
    IdempotencyKey,

    /// <summary>Advisory locks of users: open orders and cart lines are counted behind them.</summary>
    UserCount,

    /// <summary>Users' rows, sessions, API keys.</summary>
    Account,

    /// <summary>
    /// Rows that no command of a checkout locks: coupon queues, deliveries, ranking counts. An event handler's
    /// transaction so holds what commands wait for, stock above all, for its last moments only.
    /// </summary>
    Queue,
    Cart,
    Order,
    TopUp,
    Coupon,
    CouponCode,
    UserCoupon,
    Stock,

    /// <summary>Pieces counted for a user and product.</summary>
    PurchaseCount,
    Wallet,

    /// <summary>Outbox and activity: rows that are only inserted.</summary>
    Outbox,
}
