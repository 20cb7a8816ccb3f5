using System.Data.Common;
using Dapper;
using Shop.BuildingBlocks.Commands.Batching;
using Shop.Coupons.Campaigns;
using Shop.Coupons.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Coupons.IssuedCoupons;

internal sealed record IssueCoupon(long CouponId, long UserId) : IBatchedCommand<UserCoupon>;

internal sealed record IssueCouponRequest(long UserId);

internal static class IssueCouponEndpoint
{
    public static void MapIssueCoupon(this IEndpointRouteBuilder coupons) => coupons
        .MapPost("/{couponId:long}/issue", async (
            long couponId, IssueCouponRequest body, Caller caller, IMediator mediator, IdempotentSender commands,
            CancellationToken ct) =>
        {
            await caller.MustActForExistingUserAsync(body.UserId, mediator, ct);
            return await commands.CreatedAsync(
                new IssueCoupon(couponId, body.UserId),
                issued => $"/api/v1/users/{body.UserId}/coupons/{issued.UserCouponId}", ct);
        })
        .RequireRateLimiting(RateLimits.Coupons)
        .IsEveryday()
        .WithName(nameof(IssueCoupon))
        .WithSummary("Issues a coupon at once: first come, first served")
        .Fails(
            HttpErrors.Forbidden,
            CouponErrors.NotFound,
            WalletErrors.UserNotFound,
            CouponErrors.Stopped,
            CouponErrors.OtherIssuance,
            CouponErrors.IssueNotStarted,
            CouponErrors.IssueEnded,
            CouponErrors.AlreadyIssued,
            CouponErrors.SoldOut)
        .WithExample(new IssueCouponRequest(7));
}

/// <summary>
/// Locked campaigns in memory, the users of the batch who have a coupon of them already, and what the batch issues.
/// </summary>
internal sealed class LockedForIssuing(Dictionary<long, CouponRow> campaigns, QueuedValue<DateTimeOffset> clock)
{
    public DateTimeOffset Now => clock.Value;

    public Dictionary<long, CouponRow> Campaigns => campaigns;

    public HashSet<(long CouponId, long UserId)> Holders { get; } = [];

    /// <summary>As many as can be issued, ascending; those that are not needed leave gaps.</summary>
    public Queue<long> NewIds { get; } = new();

    public List<(long UserCouponId, CouponRow Campaign, long UserId)> Issued { get; } = [];
}

internal sealed class IssueCouponHandler(Db db) : ICommandBatchHandler<IssueCoupon, UserCoupon, LockedForIssuing>
{
    private static readonly LockStatement LockCampaigns = new(
        LockOrder.Coupon,
        "coupons.coupons",
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

    public Task<LockedForIssuing> LockAsync(IReadOnlyList<IssueCoupon> commands, CancellationToken ct)
    {
        var campaigns = new Dictionary<long, CouponRow>();
        Func<DbDataReader, CouponRow>? parse = null;
        db.QueueLock(
            LockCampaigns,
            commands.Select(command => command.CouponId),
            row => Add((parse ??= row.GetRowParser<CouponRow>())(row)));
        var locked = new LockedForIssuing(campaigns, db.QueueNow());
        db.QueueRead(
            ReadHolders,
            row => ReadHolder(row, locked),
            ("coupons", commands.Select(command => command.CouponId).ToArray()),
            ("users", commands.Select(command => command.UserId).ToArray()));
        return Task.FromResult(locked);

        void Add(CouponRow campaign) => campaigns.Add(campaign.CouponId, campaign);
    }

    public IEnumerable<RowKey> RowsOf(IssueCoupon command, LockedForIssuing locked) =>
        [new(LockCampaigns.Resource, command.CouponId)];

    public IReadOnlyList<Result<UserCoupon>> Decide(LockedForIssuing locked, IReadOnlyList<IssueCoupon> commands) =>
        [.. commands.Select(command => Issue(locked, command))];

    public void Write(LockedForIssuing locked, IReadOnlyList<Result<UserCoupon>> decided)
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

    private static void ReadHolder(DbDataReader row, LockedForIssuing locked)
    {
        if (row.GetBoolean(2))
            locked.Holders.Add((row.GetInt64(0), row.GetInt64(1)));
        if (!row.IsDBNull(3))
            locked.NewIds.Enqueue(row.GetInt64(3));
    }

    private static Result<UserCoupon> Issue(LockedForIssuing locked, IssueCoupon command)
    {
        if (locked.Campaigns.GetValueOrDefault(command.CouponId) is not { } campaign)
            return CouponErrors.NotFound.Of(command.CouponId);
        var state = new CouponState(
            campaign.Status, campaign.Issuance, campaign.IssueFrom, campaign.IssueUntil,
            campaign.Issued >= campaign.Quantity,
            AlreadyIssued: locked.Holders.Contains((command.CouponId, command.UserId)), Waiting: null);
        if (state.Check(Issuance.Direct, locked.Now) is { } error)
            return error;

        var userCouponId = locked.NewIds.Dequeue();
        locked.Campaigns[command.CouponId] = campaign with { Issued = campaign.Issued + 1 };
        locked.Holders.Add((command.CouponId, command.UserId));
        locked.Issued.Add((userCouponId, campaign, command.UserId));
        var coupon = campaign.ToCoupon();
        return new UserCoupon(
            userCouponId, coupon.CouponId, coupon.Name, coupon.Discount, coupon.MinimumOrderAmount,
            UserCouponStatus.Available, coupon.Scope, coupon.ValidFrom, coupon.ValidUntil, IssuedAt: locked.Now,
            UsedAt: null, OrderId: null);
    }
}
