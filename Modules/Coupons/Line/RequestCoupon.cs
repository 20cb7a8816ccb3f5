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
using Shop.BuildingBlocks.Commands;
using Shop.Coupons.Definitions;
using Shop.Coupons.Held;
using Shop.Wallet.Contracts;

namespace Shop.Coupons.Line;

internal sealed record RequestCoupon(long CouponId, long UserId, Caller Caller) : IOneStatementCommand<CouponRequest>
{
    /// <summary>Who holds a token exists: only an administrator can name somebody who does not.</summary>
    public bool FitsOneStatement => UserId == Caller.UserId;
}

internal sealed record RequestCouponRequest(long UserId);

internal static class RequestCouponEndpoint
{
    public static void MapRequestCoupon(this IEndpointRouteBuilder coupons) => coupons
        .MapPost("/{couponId:long}/requests", (long couponId, RequestCouponRequest body, Caller caller, CommandSender commands, CancellationToken ct) =>
        {
            caller.MustActFor(body.UserId);
            return commands.AcceptedAsync(
                new RequestCoupon(couponId, body.UserId, caller), request => $"/api/v1/coupon-requests/{request.RequestId}", ct);
        })
        .RequireRateLimiting(RateLimits.Coupons)
        .WithName(nameof(RequestCoupon))
        .WithSummary("Stands in a coupon's waiting line")
        .Refuses(StatusCodes.Status403Forbidden, "auth.forbidden")
        .Refuses("coupons.not_found", "wallet.user_not_found")
        .Refuses("coupons.issue_not_started", "coupons.issue_ended", "coupons.already_issued", "coupons.already_requested", "coupons.sold_out")
        .WithExample(new RequestCouponRequest(7));
}

internal sealed class RequestCouponHandler(Db db, IWalletSheets wallets, TimeProvider time)
    : IGroupStatement<RequestCoupon, CouponRequest>, IGroupHandler<RequestCoupon, CouponRequest>
{
    // The coupon's row is read, never locked: nobody in the door waits for anybody. What is read may be a moment old; the settling decides for good.
    // The partial unique key keeps a second request out while one is waiting. A ticket is drawn for those who get in, in the order of the group.
    // Each is looked up by user, whatever PostgreSQL holds of the length of the lines (subqueries with a limit are no joins, coupon_id + 0 is in no index).
    private const string Enter = $"""
        insert into coupons.requests (request_id, coupon_id, user_id, ticket, status, requested_at)
        select request_id, coupon_id, user_id, coupons.next_ticket(coupon_id), 'WAITING', @now
        from (
            select e.request_id, e.coupon_id, e.user_id
            from unnest(@requests, @coupons, @users) with ordinality as e (request_id, coupon_id, user_id, position)
            join coupons.coupons c on c.coupon_id = e.coupon_id
            where c.issue_from <= @now and @now < c.issue_until and c.issued < c.quantity
              and coalesce((select false from coupons.user_coupons u where u.coupon_id = e.coupon_id and u.user_id = e.user_id limit 1), true)
              and coalesce((
                  select false from coupons.requests r
                  where r.user_id = e.user_id and r.coupon_id + 0 = e.coupon_id and r.status = 'WAITING' limit 1), true)
            order by e.position) as entering
        on conflict (user_id, coupon_id) where status = 'WAITING' do nothing
        returning request_id, {LinePosition.OfRequest}
        """;

    private const string EnterAtOnce = $"""
        with drawn (id, number) as ({Enter}),
        {DrawnAnswers.Kept}
        select id, number from drawn
        """;

    // Read after entering, for those who did not get in: what kept them out stands there by now.
    private const string SelectStates = """
        select e.request_id, c.issue_from, c.issue_until, c.issued >= c.quantity as sold_out,
            coalesce((select true from coupons.user_coupons u where u.coupon_id = e.coupon_id and u.user_id = e.user_id limit 1), false) as already_issued,
            (select r.request_id from coupons.requests r where r.user_id = e.user_id and r.coupon_id + 0 = e.coupon_id and r.status = 'WAITING' limit 1) as waiting
        from unnest(@requests, @coupons, @users) as e (request_id, coupon_id, user_id)
        join coupons.coupons c on c.coupon_id = e.coupon_id
        """;

    private sealed record Asking(Guid RequestId, RequestCoupon Command)
    {
        public CouponRequest At(long position, DateTimeOffset now) => new(
            RequestId, Command.CouponId, Command.UserId, RequestStatus.Waiting, position, UserCouponId: null, Reason: null, RequestedAt: now, SettledAt: null);
    }

    private sealed record StateRow(Guid RequestId, DateTimeOffset IssueFrom, DateTimeOffset IssueUntil, bool SoldOut, bool AlreadyIssued, Guid? Waiting)
    {
        public CouponState State => new(IssueFrom, IssueUntil, SoldOut, AlreadyIssued, Waiting);
    }

    private HashSet<long> named = null!;
    private IWalletSheet users = null!;

    public void Queue(IReadOnlyList<RequestCoupon> commands, DrawnAnswers<CouponRequest> answers)
    {
        var now = time.UtcNow();
        var asking = Asked(commands, now);
        for (var place = 0; place < asking.Count; place++)
        {
            var one = asking[place];
            answers.Expect(place, one.RequestId, position => one.At(position, now));
        }

        db.QueueRead(EnterAtOnce, row => answers.Draw(row.GetGuid(0), row.GetInt64(1)), [.. Parameters(asking), ("now", now), .. answers.Parameters()]);
    }

    // Nothing is locked.
    public Task LockAsync(IReadOnlyList<RequestCoupon> commands, CancellationToken ct)
    {
        named = commands.Where(command => !command.FitsOneStatement).Select(command => command.UserId).ToHashSet();
        users = wallets.Read(named);
        return Task.CompletedTask;
    }

    public async Task<IReadOnlyList<Result<CouponRequest>>> DecideAsync(IReadOnlyList<RequestCoupon> commands, CancellationToken ct)
    {
        var now = time.UtcNow();
        var unknown = named.Where(user => !users.Has(user)).ToHashSet();
        var asking = Asked(commands, now);
        var known = asking.FindAll(one => !unknown.Contains(one.Command.UserId));

        var entered = new Dictionary<Guid, long>();
        db.QueueRead(Enter, row => entered.Add(row.GetGuid(0), row.GetInt64(1)), [.. Parameters(known), ("now", now)]);
        await db.FlushAsync(ct);
        var states = await StatesAsync(known.FindAll(one => !entered.ContainsKey(one.RequestId)), ct);
        return asking.ConvertAll(Decide);

        Result<CouponRequest> Decide(Asking one)
        {
            if (entered.TryGetValue(one.RequestId, out var position))
                return one.At(position, now);
            if (unknown.Contains(one.Command.UserId))
                return Refused.UserNotFound(one.Command.UserId);
            return states.TryGetValue(one.RequestId, out var row)
                // Who lost to another request of the same user, settled since, finds no obstacle any more.
                ? row.State.Refuse(now) ?? IssueRefusals.AlreadyRequested(waiting: null)
                : Coupon.NotFound(one.Command.CouponId);
        }
    }

    private async Task<Dictionary<Guid, StateRow>> StatesAsync(List<Asking> refused, CancellationToken ct)
    {
        var states = new Dictionary<Guid, StateRow>();
        if (refused.Count == 0)
            return states;
        Func<DbDataReader, StateRow>? parse = null;
        db.QueueRead(SelectStates, row => Add((parse ??= row.GetRowParser<StateRow>())(row)), Parameters(refused));
        await db.FlushAsync(ct);
        return states;

        void Add(StateRow state) => states.Add(state.RequestId, state);
    }

    private static List<Asking> Asked(IReadOnlyList<RequestCoupon> commands, DateTimeOffset now) =>
        [.. commands.Select(command => new Asking(Guid.CreateVersion7(now), command))];

    private static (string, object)[] Parameters(List<Asking> asking) =>
    [
        ("requests", asking.ConvertAll(one => one.RequestId)),
        ("coupons", asking.ConvertAll(one => one.Command.CouponId)),
        ("users", asking.ConvertAll(one => one.Command.UserId)),
    ];
}
