using System.Data.Common;
using Dapper;
using Shop.BuildingBlocks.Commands;
using Shop.Coupons.Campaigns;
using Shop.Coupons.Contracts;
using Shop.Messages;

namespace Shop.Coupons.IssuedCoupons;

/// <summary>Locks the campaigns that coupons are issued of, and writes what is issued.</summary>
internal sealed class CampaignLocks(Db db)
{
    /// <summary>The resource of a row key; its key is the campaign's id.</summary>
    public const string Resource = "coupons.coupons";

    private static readonly LockStatement LockCampaigns = new(
        LockOrder.Coupon,
        Resource,
        $"""
        select {CouponRow.Columns} from coupons.coupons where coupon_id = any(@keys) order by coupon_id
        for no key update
        """,
        "select coupon_id from coupons.coupons where coupon_id = any(@keys)");

    // Read behind the campaign's lock, under which every coupon is issued. A subquery with a limit is no join.
    private const string ReadHolders = """
        select coupon_id, user_id, has_one,
            case when not has_one and issued < quantity
                then nextval('coupons.user_coupons_user_coupon_id_seq') end as new_id
        from (
            select e.coupon_id, e.user_id, c.issued, c.quantity,
                coalesce((
                    select true from coupons.user_coupons u
                    where u.coupon_id = e.coupon_id and u.user_id = e.user_id limit 1), false) as has_one
            from unnest(@coupons, @users) with ordinality as e (coupon_id, user_id, place)
            join coupons.coupons c on c.coupon_id = e.coupon_id
            order by e.place) as asked
        """;

    private const string CountIssued = """
        update coupons.coupons c set issued = c.issued + n.issued
        from unnest(@coupons, @counts) as n (coupon_id, issued)
        where c.coupon_id = n.coupon_id
        """;

    private const string InsertUserCoupons = """
        insert into coupons.user_coupons
            (user_coupon_id, coupon_id, user_id, status, valid_from, valid_until, issued_at)
        overriding system value
        select user_coupon_id, coupon_id, user_id, 'AVAILABLE', valid_from, valid_until, @now
        from unnest(@ids, @coupons, @users, @valid_from, @valid_until)
            as i (user_coupon_id, coupon_id, user_id, valid_from, valid_until)
        """;

    /// <summary>Queues the locks of these campaigns, and reads behind them which of the users have one.</summary>
    public LockedCampaigns Lock(IReadOnlyCollection<(long CouponId, long UserId)> asked)
    {
        var campaigns = new Dictionary<long, CouponRow>();
        Func<DbDataReader, CouponRow>? parse = null;
        db.QueueLock(
            LockCampaigns,
            asked.Select(one => one.CouponId),
            row => Add((parse ??= row.GetRowParser<CouponRow>())(row)));
        var locked = new LockedCampaigns(campaigns, db.QueueNow());
        db.QueueRead(
            ReadHolders,
            row => ReadHolder(row, locked),
            ("coupons", asked.Select(one => one.CouponId).ToArray()),
            ("users", asked.Select(one => one.UserId).ToArray()));
        return locked;

        void Add(CouponRow campaign) => campaigns.Add(campaign.CouponId, campaign);
    }

    /// <summary>Queues what was issued.</summary>
    public void Write(LockedCampaigns locked)
    {
        var issued = locked.Issued;
        if (issued.Count == 0)
            return;
        var counts = issued.CountBy(one => one.Campaign.CouponId).ToList();
        db.QueueWrite(
            CountIssued,
            counts.Count,
            ("coupons", counts.ConvertAll(campaign => campaign.Key)),
            ("counts", counts.ConvertAll(campaign => campaign.Value)));
        db.QueueWrite(
            InsertUserCoupons,
            issued.Count,
            ("ids", issued.ConvertAll(one => one.UserCouponId)),
            ("coupons", issued.ConvertAll(one => one.Campaign.CouponId)),
            ("users", issued.ConvertAll(one => one.UserId)),
            ("valid_from", issued.ConvertAll(one => one.Campaign.ValidFrom)),
            ("valid_until", issued.ConvertAll(one => one.Campaign.ValidUntil)),
            ("now", locked.Now));
    }

    private static void ReadHolder(DbDataReader row, LockedCampaigns locked)
    {
        if (row.GetBoolean(2))
            locked.Holders.Add((row.GetInt64(0), row.GetInt64(1)));
        if (!row.IsDBNull(3))
            locked.NewIds.Enqueue(row.GetInt64(3));
    }
}

/// <summary>
/// Locked campaigns in memory, the users of the batch who have a coupon of them already, and the new coupons.
/// </summary>
internal sealed class LockedCampaigns(Dictionary<long, CouponRow> campaigns, QueuedValue<DateTimeOffset> clock)
{
    private static readonly string Stopped = EnumNames.Of(CouponStatus.Stopped);

    public DateTimeOffset Now => clock.Value;

    public HashSet<(long CouponId, long UserId)> Holders { get; } = [];

    /// <summary>As many as can be issued, ascending; those that are not needed leave gaps.</summary>
    public Queue<long> NewIds { get; } = new();

    public List<(long UserCouponId, CouponRow Campaign, long UserId)> Issued { get; } = [];

    /// <returns>The error of every user while the campaign issues none, or null.</returns>
    public Error? FindError(long couponId) => campaigns.GetValueOrDefault(couponId) switch
    {
        null => CouponErrors.NotFound.Of(couponId),
        var campaign when campaign.Status == Stopped => CouponErrors.Stopped.Of(),
        _ => null,
    };

    /// <summary>Issues a coupon to a user in the given way, if the campaign allows it.</summary>
    /// <param name="ofCode">Why its code gives none, or null. It wins over sold out.</param>
    public Result<UserCoupon> Issue(long couponId, long userId, Issuance way, Error? ofCode = null)
    {
        if (campaigns.GetValueOrDefault(couponId) is not { } campaign)
            return CouponErrors.NotFound.Of(couponId);
        var state = new CouponState(
            campaign.Status, campaign.Issuance, campaign.IssueFrom, campaign.IssueUntil,
            campaign.Issued >= campaign.Quantity, AlreadyIssued: Holders.Contains((couponId, userId)), Waiting: null);
        var error = state.Check(way, Now);
        if (ofCode is not null && (error is null || error.Code == CouponErrors.SoldOut.Code))
            return ofCode;
        return error is not null ? error : Give(campaign, userId);
    }

    /// <summary>Gives a coupon to a user, whatever its window and its way of issuing.</summary>
    /// <returns>Why the user does not get it, or null.</returns>
    public Error? Grant(long couponId, long userId)
    {
        var campaign = campaigns[couponId];
        if (Holders.Contains((couponId, userId)))
            return CouponErrors.AlreadyIssued.Of();
        if (campaign.Issued >= campaign.Quantity)
            return CouponErrors.SoldOut.Of();
        Give(campaign, userId);
        return null;
    }

    private UserCoupon Give(CouponRow campaign, long userId)
    {
        var userCouponId = NewIds.Dequeue();
        campaigns[campaign.CouponId] = campaign with { Issued = campaign.Issued + 1 };
        Holders.Add((campaign.CouponId, userId));
        Issued.Add((userCouponId, campaign, userId));
        var coupon = campaign.ToCoupon();
        return new UserCoupon(
            userCouponId, coupon.CouponId, coupon.Name, coupon.Discount, coupon.MinimumOrderAmount,
            UserCouponStatus.Available, coupon.Scope, coupon.ValidFrom, coupon.ValidUntil, IssuedAt: Now,
            UsedAt: null, OrderId: null);
    }
}
