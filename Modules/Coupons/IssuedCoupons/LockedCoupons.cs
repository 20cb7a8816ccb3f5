using System.Data.Common;
using Dapper;
using Shop.Coupons.Campaigns;
using Shop.Coupons.Contracts;

namespace Shop.Coupons.IssuedCoupons;

/// <summary>Locks issued coupons, and writes what was decided against them.</summary>
internal sealed class CouponLocks(Db db) : ICouponLocks
{
    // The row is the guard of every change: it is available, or reserved for this very order. As a plain comparison the
    // status could make the planner compare each available coupon with each that changes.
    internal const string UpdateCoupons = """
        update coupons.user_coupons u
        set status = c.status, order_id = c.order_id, used_at = case when c.status = 'USED' then @now end
        from unnest(@coupons, @statuses, @orders) as c (user_coupon_id, status, order_id)
        where u.user_coupon_id = c.user_coupon_id and coalesce(u.status = 'AVAILABLE', false)
        """;

    private const string SelectCoupons = """
        select u.user_coupon_id, u.user_id, u.status, c.status as campaign_status, c.name, c.discount_type,
            c.discount_value, c.max_discount, c.minimum_order_amount, c.scope_products, c.scope_categories,
            u.valid_from, u.valid_until
        from coupons.user_coupons u
        join coupons.coupons c on c.coupon_id = u.coupon_id
        """;

    private const string SelectUsable = $"""
        ({SelectCoupons} where u.user_coupon_id = @named)
        union all
        ({SelectCoupons}
        where u.user_id = @user and u.user_coupon_id <> @named
            and (u.status = 'RESERVED' or (u.status = 'AVAILABLE' and u.valid_until > (select shop.now())))
        order by u.user_coupon_id desc limit 1000)
        """;

    // The campaign is only read: its discount never changes, and a concurrent stop may take effect after the order.
    private static readonly LockStatement LockCoupons = new(
        LockOrder.UserCoupon,
        ICouponLocks.Resource,
        $"""
        {SelectCoupons}
        where u.user_coupon_id = any(@keys)
        order by u.user_coupon_id
        for no key update of u
        """,
        "select user_coupon_id from coupons.user_coupons where user_coupon_id = any(@keys)");

    public ILockedCoupons Lock(IReadOnlyCollection<long> userCouponIds)
    {
        var coupons = new LockedCoupons(Write);
        Func<DbDataReader, IssuedCoupon>? parse = null;
        db.QueueLock(LockCoupons, userCouponIds, row => coupons.Add((parse ??= row.GetRowParser<IssuedCoupon>())(row)));
        return coupons;
    }

    public IUsableCoupons Read(long userId, long? userCouponId)
    {
        var coupons = new LockedCoupons((_, _) => throw new InvalidOperationException("Nothing of it is locked."));
        Func<DbDataReader, IssuedCoupon>? parse = null;
        db.QueueRead(
            SelectUsable,
            row => coupons.Add((parse ??= row.GetRowParser<IssuedCoupon>())(row)),
            ("user", userId),
            ("named", userCouponId ?? 0));
        return coupons;
    }

    private void Write(LockedCoupons coupons, DateTimeOffset now)
    {
        var changes = coupons.Changes;
        if (changes.Count == 0)
            return;
        db.QueueWrite(
            UpdateCoupons,
            changes.Count,
            ("coupons", changes.Select(change => change.UserCouponId).ToArray()),
            ("statuses", changes.Select(change => EnumNames.Of(change.Status)).ToArray()),
            ("orders", changes.Select(change => change.OrderId).ToArray()),
            ("now", now));
    }
}

internal sealed record IssuedCoupon(
    long UserCouponId, long UserId, string Status, string CampaignStatus, string Name, string DiscountType,
    long DiscountValue, long? MaxDiscount, long? MinimumOrderAmount, long[]? ScopeProducts, long[]? ScopeCategories,
    DateTimeOffset ValidFrom, DateTimeOffset ValidUntil)
{
    private bool HasScope => ScopeProducts is not null || ScopeCategories is not null;

    private Discount Discount => new(EnumNames.Read<DiscountType>(DiscountType), DiscountValue, MaxDiscount);

    /// <summary>Whether the discount is taken of this item.</summary>
    public bool Covers(QuotedItem item) =>
        !HasScope || ScopeProducts?.Contains(item.ProductId) is true
            || ScopeCategories?.Any(item.CategoryIds.Contains) is true;

    /// <summary>The discount of those items that are in scope.</summary>
    public long DiscountOf(IReadOnlyList<QuotedItem> items) =>
        Discount.Of(items.Where(Covers).Sum(item => item.Amount));

    /// <returns>Null where all products are in scope.</returns>
    public IReadOnlySet<long>? InScopeOf(IReadOnlyList<QuotedItem> items) =>
        HasScope ? items.Where(Covers).Select(item => item.ProductId).ToHashSet() : null;
}

/// <summary>Decides against locked rows in memory and records the changes.</summary>
/// <param name="write">Queues the changes of this batch.</param>
internal sealed class LockedCoupons(Action<LockedCoupons, DateTimeOffset> write) : IUsableCoupons
{
    private static readonly string Available = EnumNames.Of(UserCouponStatus.Available);
    private static readonly string Reserved = EnumNames.Of(UserCouponStatus.Reserved);
    private static readonly string Revoked = EnumNames.Of(UserCouponStatus.Revoked);
    private static readonly string Stopped = EnumNames.Of(CouponStatus.Stopped);

    private readonly Dictionary<long, IssuedCoupon> coupons = [];
    private readonly List<CouponChange> changes = [];

    /// <summary>The decided changes, in order.</summary>
    public IReadOnlyList<CouponChange> Changes => changes;

    public void Add(IssuedCoupon coupon) => coupons.Add(coupon.UserCouponId, coupon);

    public bool NeedCategories => coupons.Values.Any(coupon => coupon.ScopeCategories is not null);

    public DiscountQuote Quote(long userCouponId, long userId, IReadOnlyList<QuotedItem> items, DateTimeOffset now)
    {
        var coupon = coupons.GetValueOrDefault(userCouponId);
        return IneligibilityOf(coupon, userId, items, now) is { } ineligibility
            ? new DiscountQuote(
                0, ineligibility, ineligibility == Ineligibility.NotFound ? null : coupon!.MinimumOrderAmount)
            : new DiscountQuote(coupon!.DiscountOf(items), null, coupon.MinimumOrderAmount)
            {
                InScope = coupon.InScopeOf(items),
            };
    }

    public IReadOnlyList<UsableCoupon> UsableBy(long userId, DateTimeOffset now) =>
    [
        .. coupons.Values
            .Where(coupon => coupon.UserId == userId)
            .Where(coupon => coupon.Status == Reserved || (coupon.Status == Available && now < coupon.ValidUntil))
            .Select(coupon => new UsableCoupon(coupon.UserCouponId, coupon.Name)),
    ];

    public void Reserve(long userCouponId, Guid orderId) => Change(userCouponId, UserCouponStatus.Reserved, orderId);

    public void Redeem(long userCouponId, Guid orderId) => Change(userCouponId, UserCouponStatus.Used, orderId);

    public void Undo(Guid orderId)
    {
        foreach (var change in changes.Where(change => change.OrderId == orderId))
            coupons[change.UserCouponId] = coupons[change.UserCouponId] with { Status = Available };
        changes.RemoveAll(change => change.OrderId == orderId);
    }

    public void Write(DateTimeOffset now) => write(this, now);

    private void Change(long userCouponId, UserCouponStatus status, Guid orderId)
    {
        if (coupons[userCouponId].Status != Available)
            throw new InvalidOperationException($"The issued coupon {userCouponId} is {coupons[userCouponId].Status}.");
        coupons[userCouponId] = coupons[userCouponId] with { Status = EnumNames.Of(status) };
        changes.Add(new CouponChange(userCouponId, status, orderId));
    }

    private static Ineligibility? IneligibilityOf(
        IssuedCoupon? coupon, long userId, IReadOnlyList<QuotedItem> items, DateTimeOffset now) => coupon switch
        {
            null => Ineligibility.NotFound,
            _ when coupon.UserId != userId => Ineligibility.NotFound,
            _ when coupon.Status == Revoked => Ineligibility.Revoked,
            _ when coupon.Status == Reserved => Ineligibility.InUse,
            _ when coupon.Status != Available => Ineligibility.AlreadyUsed,
            _ when coupon.CampaignStatus == Stopped => Ineligibility.Stopped,
            _ when now >= coupon.ValidUntil => Ineligibility.Expired,
            _ when now < coupon.ValidFrom => Ineligibility.NotYetValid,
            _ when !items.Any(coupon.Covers) => Ineligibility.NotApplicable,
            _ when items.Sum(item => item.Amount) < coupon.MinimumOrderAmount => Ineligibility.MinimumOrderAmount,
            _ when coupon.DiscountOf(items) == 0 => Ineligibility.NoDiscount,
            _ => null,
        };
}

internal sealed record CouponChange(long UserCouponId, UserCouponStatus Status, Guid OrderId);
