using Shop.Coupons.Contracts;
using Shop.Coupons.IssuedCoupons;

namespace Shop.Coupons.Queue;

/// <summary>
/// The statements that process queues. Locks: queue rows, then coupons, both in order of their keys; entries change
/// under their queue's lock alone.
/// </summary>
internal static class QueueSql
{
    /// <summary>The rows that a tick waits for are never held for long by the shop itself.</summary>
    public const string LimitLocks = "select set_config('lock_timeout', '500ms', true)";

    // A time in the future (after a failover to a server whose clock is behind) must not stop the queue.
    private const string IsDue = """
        (l.settled_at is null or l.settled_at <= (select shop.now()) - make_interval(secs => @pace)
            or l.settled_at > (select shop.now()))
        """;

    /// <summary>
    /// The queues that are due, or closed (sold out or stopped), the longest unprocessed first. Takes <c>@pace</c> in
    /// seconds.
    /// </summary>
    // One step of the index for each queue, however long it is.
    public const string SelectDue = $"""
        with recursive waiting as (
            (select coupon_id from coupons.requests where status = 'WAITING' order by coupon_id limit 1)
            union all
            select (select r.coupon_id from coupons.requests r where r.status = 'WAITING' and r.coupon_id > w.coupon_id
                order by r.coupon_id limit 1)
            from waiting w where w.coupon_id is not null)
        select w.coupon_id, c.issued >= c.quantity or c.status = 'STOPPED' as is_closed,
            coalesce(l.settled_at <= (select shop.now()) - make_interval(secs => 3 * @pace), true) as is_late
        from waiting w
        join coupons.lines l on l.coupon_id = w.coupon_id
        join coupons.coupons c on c.coupon_id = w.coupon_id
        where c.issued >= c.quantity or c.status = 'STOPPED' or {IsDue}
        order by l.settled_at nulls first, w.coupon_id
        """;

    public const string LockDueQueues = $"""
        select l.coupon_id from coupons.lines l
        where l.coupon_id = any(@coupons) and {IsDue}
        order by l.coupon_id
        for no key update
        """;

    /// <summary>A queue that another session holds is left to it.</summary>
    public const string TryLockDueQueues = $"{LockDueQueues} skip locked";

    public const string LockQueues = """
        select l.coupon_id from coupons.lines l
        where l.coupon_id = any(@coupons)
        order by l.coupon_id
        for no key update skip locked
        """;

    /// <summary>
    /// The row on which ticks and direct issues take turns; how many are left, null where it is stopped.
    /// </summary>
    public const string LockCoupons = """
        select coupon_id, case when status = 'ACTIVE' then quantity - issued end, valid_from, valid_until
        from coupons.coupons where coupon_id = any(@coupons) order by coupon_id
            for no key update
        """;

    public const string TryLockCoupons = $"{LockCoupons} skip locked";

    // An entry whose user has the coupon already takes nothing from the entries behind it. Ids are drawn where it is
    // decided who gets one, so that nothing has to be joined afterwards: the planner, which has not counted the queue
    // yet, would take ten thousand rows for a few. For the same reason the last condition keeps clear of the index of
    // waiting entries, and a subquery with a limit is no join.
    public static readonly string Process = $"""
        with batch as (
            select e.request_id, q.coupon_id, e.user_id, e.ticket, q.remaining, q.valid_from, q.valid_until,
                coalesce((select true from coupons.user_coupons u where u.coupon_id = q.coupon_id
                    and u.user_id = e.user_id limit 1), false) as has_one
            from unnest(@coupons, @remaining, @valid_from, @valid_until)
                as q (coupon_id, remaining, valid_from, valid_until)
            cross join lateral (
                select r.request_id, r.user_id, r.ticket
                from coupons.requests r
                where r.coupon_id = q.coupon_id and r.status = 'WAITING'
                order by r.ticket
                limit @limit) as e),
        placed as (
            select request_id, coupon_id, user_id, ticket, has_one, remaining, valid_from, valid_until,
                row_number() over (partition by coupon_id, has_one order by ticket) as place
            from batch),
        decided as materialized (
            select request_id, coupon_id, user_id, ticket, has_one, valid_from, valid_until,
                case when not has_one and place <= remaining
                    then nextval('coupons.user_coupons_user_coupon_id_seq') end as user_coupon_id
            from (select * from placed order by coupon_id, ticket) in_order),
        issued as (
            insert into coupons.user_coupons
                (user_coupon_id, coupon_id, user_id, status, valid_from, valid_until, issued_at)
            overriding system value
            select user_coupon_id, coupon_id, user_id, 'AVAILABLE', valid_from, valid_until, @now from decided
                where user_coupon_id is not null),
        counted as (
            select coupon_id, count(*) as entries, count(user_coupon_id) as issued, max(ticket) as ticket from decided
                group by coupon_id),
        taken as (
            update coupons.coupons c set issued = c.issued + n.issued from counted n where c.coupon_id = n.coupon_id
                and n.issued > 0),
        marked as (
            update coupons.lines l set settled_ticket = greatest(l.settled_ticket, n.ticket), settled_at = @now
            from counted n where l.coupon_id = n.coupon_id),
        processed as (
            update coupons.requests r
            set status = case when d.user_coupon_id is null then 'FAILED' else 'COMPLETED' end,
                user_coupon_id = d.user_coupon_id,
                reason = case when d.user_coupon_id is not null then null
                    when d.has_one then '{CouponErrors.AlreadyIssued.Code}' else '{CouponErrors.SoldOut.Code}' end,
                settled_at = @now
            from decided d
            where r.request_id = d.request_id and r.status || '' = 'WAITING')
        select coupon_id, entries, issued from counted
        """;

    // The coupon's row is not locked, so that direct issues are told at once that it is sold out. Raised or started
    // meanwhile, it was closed in this statement's snapshot all the same.
    public static readonly string Fail = $"""
        with part as materialized (
            select e.request_id, q.coupon_id, e.ticket, c.status as campaign_status,
                coalesce((select true from coupons.user_coupons u where u.coupon_id = q.coupon_id
                    and u.user_id = e.user_id limit 1), false) as has_one
            from unnest(@coupons) as q (coupon_id)
            join coupons.coupons c on c.coupon_id = q.coupon_id and (c.issued >= c.quantity or c.status = 'STOPPED')
            cross join lateral (
                select r.request_id, r.user_id, r.ticket
                from coupons.requests r
                where r.coupon_id = q.coupon_id and r.status = 'WAITING'
                order by r.ticket
                limit @limit) as e),
        counted as (
            select coupon_id, count(*) as entries, max(ticket) as ticket, (select shop.now()) as now from part
                group by coupon_id),
        marked as (
            update coupons.lines l set settled_ticket = greatest(l.settled_ticket, n.ticket), settled_at = n.now
            from counted n where l.coupon_id = n.coupon_id),
        failed as (
            update coupons.requests r
            set status = 'FAILED', settled_at = (select shop.now()),
                reason = case when p.campaign_status = 'STOPPED' then '{CouponErrors.Stopped.Code}'
                    when p.has_one then '{CouponErrors.AlreadyIssued.Code}' else '{CouponErrors.SoldOut.Code}' end
            from part p
            where r.request_id = p.request_id and r.status || '' = 'WAITING')
        select coupon_id, entries from counted
        """;
}
