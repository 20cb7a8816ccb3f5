using System.Data.Common;
using Dapper;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Admission;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Http;
using Shop.BuildingBlocks.Idempotency;
using Shop.BuildingBlocks.Pipeline;
using Shop.Coupons.Definitions;
using Shop.Coupons.Held;

namespace Shop.Coupons.Line;

internal sealed record RequestCoupon(long CouponId, long UserId) : IHotCommand<CouponRequest>;

internal sealed record RequestCouponRequest(long UserId);

internal static class RequestCouponEndpoint
{
    public static void MapRequestCoupon(this IEndpointRouteBuilder coupons) => coupons
        .MapPost("/{couponId:long}/requests", async (long couponId, RequestCouponRequest body, Caller caller, IMediator mediator, CommandSender commands, CancellationToken ct) =>
        {
            await caller.MustActForSomebodyAsync(body.UserId, mediator, ct);
            return await commands.AcceptedAsync(new RequestCoupon(couponId, body.UserId), request => $"/api/v1/coupon-requests/{request.RequestId}", ct);
        })
        .RequireRateLimiting(RateLimits.Coupons)
        .WithName(nameof(RequestCoupon))
        .WithSummary("Stands in a coupon's waiting line")
        .Refuses(StatusCodes.Status403Forbidden, "auth.forbidden")
        .Refuses("coupons.not_found", "wallet.user_not_found")
        .Refuses("coupons.issue_not_started", "coupons.issue_ended", "coupons.already_issued", "coupons.already_requested", "coupons.sold_out")
        .WithExample(new RequestCouponRequest(7));
}

internal sealed class RequestCouponHandler(Db db, TimeProvider time) : IGroupHandler<RequestCoupon, CouponRequest>
{
    // The coupon's row is read, never locked: nobody in the door waits for anybody. What is read may be a moment old; the settling decides for good.
    // The partial unique key keeps a second request out while one is waiting. A ticket is drawn for those who get in, in the order of the group.
    private const string Enter = """
        insert into coupons.requests (request_id, coupon_id, user_id, ticket, status, requested_at)
        select request_id, coupon_id, user_id, coupons.next_ticket(coupon_id), 'WAITING', @now
        from (
            select e.request_id, e.coupon_id, e.user_id
            from unnest(@requests, @coupons, @users) with ordinality as e (request_id, coupon_id, user_id, position)
            join coupons.coupons c on c.coupon_id = e.coupon_id
            where c.issue_from <= @now and @now < c.issue_until and c.issued < c.quantity
              and not exists (select 1 from coupons.user_coupons u where u.coupon_id = e.coupon_id and u.user_id = e.user_id)
              and not exists (select 1 from coupons.requests r where r.coupon_id = e.coupon_id and r.user_id = e.user_id and r.status = 'WAITING')
            order by e.position) as entering
        on conflict (coupon_id, user_id) where status = 'WAITING' do nothing
        returning request_id, ticket
        """;

    // Read after entering, for those who did not get in: what kept them out stands there by now.
    private const string SelectStates = """
        select e.position, c.issue_from, c.issue_until, c.issued >= c.quantity as sold_out,
            exists (select 1 from coupons.user_coupons u where u.coupon_id = e.coupon_id and u.user_id = e.user_id) as already_issued,
            exists (select 1 from coupons.requests r where r.coupon_id = e.coupon_id and r.user_id = e.user_id and r.status = 'WAITING') as already_requested,
            l.settled_ticket
        from unnest(@coupons, @users) with ordinality as e (coupon_id, user_id, position)
        join coupons.coupons c on c.coupon_id = e.coupon_id
        join coupons.lines l on l.coupon_id = e.coupon_id
        """;

    private sealed record StateRow(
        long Position, DateTimeOffset IssueFrom, DateTimeOffset IssueUntil, bool SoldOut, bool AlreadyIssued, bool AlreadyRequested, long SettledTicket)
    {
        public CouponState State => new(IssueFrom, IssueUntil, SoldOut, AlreadyIssued, AlreadyRequested);
    }

    public async Task<IReadOnlyList<Outcome<CouponRequest>>> Handle(IReadOnlyList<RequestCoupon> commands, CancellationToken ct)
    {
        var now = time.UtcNow();
        var ids = commands.Select(_ => Guid.CreateVersion7(now)).ToArray();
        var coupons = commands.Select(command => command.CouponId).ToArray();
        var users = commands.Select(command => command.UserId).ToArray();
        var tickets = new Dictionary<Guid, long>();
        var states = new Dictionary<long, StateRow>();
        Func<DbDataReader, StateRow>? parse = null;

        db.QueueRead(Enter, row => tickets.Add(row.GetGuid(0), row.GetInt64(1)), ("requests", ids), ("coupons", coupons), ("users", users), ("now", now));
        db.QueueRead(SelectStates, row => Add((parse ??= row.GetRowParser<StateRow>())(row)), ("coupons", coupons), ("users", users));
        await db.FlushAsync(ct);
        return [.. commands.Select((command, i) => Decide(command, ids[i], states.GetValueOrDefault(i + 1)))];

        void Add(StateRow state) => states.Add(state.Position, state);

        Outcome<CouponRequest> Decide(RequestCoupon command, Guid requestId, StateRow? state) => state switch
        {
            null => Coupon.NotFound(command.CouponId),
            _ when tickets.TryGetValue(requestId, out var ticket) => new CouponRequest(
                requestId, command.CouponId, command.UserId, RequestStatus.Waiting, LinePosition.Of(ticket, state.SettledTicket),
                UserCouponId: null, Reason: null, RequestedAt: now, SettledAt: null),
            // Who lost to another request of the same user, settled since, finds no obstacle any more.
            _ => state.State.Refuse(now) ?? IssueRefusals.AlreadyRequested(),
        };
    }
}
