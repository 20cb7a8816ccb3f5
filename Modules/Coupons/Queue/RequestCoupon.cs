using System.Data.Common;
using Dapper;
using Shop.BuildingBlocks.Commands.Batching;
using Shop.Coupons.Campaigns;
using Shop.Coupons.Contracts;
using Shop.Coupons.IssuedCoupons;
using Shop.Wallet.Contracts;

namespace Shop.Coupons.Queue;

internal sealed record RequestCoupon(long CouponId, long UserId, Caller Caller) : IBatchedCommand<QueueEntry>;

internal sealed record RequestCouponRequest(long UserId);

internal static class RequestCouponEndpoint
{
    public static void MapRequestCoupon(this IEndpointRouteBuilder coupons) => coupons
        .MapPost("/{couponId:long}/requests", (
            long couponId, RequestCouponRequest body, Caller caller, IdempotentSender commands, CancellationToken ct) =>
        {
            caller.MustActFor(body.UserId);
            return commands.AcceptedAsync(
                new RequestCoupon(couponId, body.UserId, caller),
                request => $"/api/v1/coupon-requests/{request.RequestId}", ct);
        })
        .RequireRateLimiting(RateLimits.Coupons)
        .IsEveryday()
        .WithName(nameof(RequestCoupon))
        .WithSummary("Stands in a coupon's waiting line")
        .Fails(
            HttpErrors.Forbidden,
            CouponErrors.NotFound,
            WalletErrors.UserNotFound,
            CouponErrors.Stopped,
            CouponErrors.OtherIssuance,
            CouponErrors.IssueNotStarted,
            CouponErrors.IssueEnded,
            CouponErrors.AlreadyIssued,
            CouponErrors.AlreadyRequested,
            CouponErrors.SoldOut)
        .WithExample(new RequestCouponRequest(7));
}

/// <summary>The coupons as they are for the commands of a batch, by their places in it; no row is locked.</summary>
internal sealed record ReadForRequests(
    IReadOnlyList<RequestCoupon> Commands, Dictionary<int, RequestStateRow> States, IReadWallets? NamedUsers)
{
    /// <summary>The requests that were accepted, in order.</summary>
    public List<(QueueEntry Request, long SequenceNumber)> Accepted { get; } = [];

    /// <summary>Whether an administrator named a user who does not exist.</summary>
    public bool IsUnknown(RequestCoupon command) =>
        command.UserId != command.Caller.UserId && NamedUsers?.Has(command.UserId) == false;
}

/// <param name="SequenceNumber">Drawn where nothing stands between the user and the queue.</param>
internal sealed record RequestStateRow(
    long Place, string Status, string Issuance, DateTimeOffset IssueFrom, DateTimeOffset IssueUntil, bool SoldOut,
    bool AlreadyIssued, Guid? Waiting, DateTimeOffset Now, long LastProcessed, long? SequenceNumber)
{
    public CouponState State => new(Status, Issuance, IssueFrom, IssueUntil, SoldOut, AlreadyIssued, Waiting);
}

internal sealed class RequestCouponHandler(Db db, IWalletLocks wallets)
    : ICommandBatchHandler<RequestCoupon, QueueEntry, ReadForRequests>
{
    // The coupon's row is read, never locked: no request waits for another. The reading may be a moment old; the
    // processing decides for good. A sequence number is drawn where the user may enter, in the order of the batch; one
    // that is not used leaves a gap. Each is looked up by user, whatever PostgreSQL holds of the length of the queues
    // (subqueries with a limit are no joins, coupon_id + 0 is in no index).
    private const string ReadStates = """
        select place, status, issuance, issue_from, issue_until, sold_out, already_issued, waiting, now,
            last_processed,
            case when issue_from <= now and now < issue_until and not sold_out and not already_issued
                and waiting is null and status = 'ACTIVE' and issuance in ('ANY', 'LINE')
                then coupons.next_ticket(coupon_id) end as sequence_number
        from (
            select e.place, c.coupon_id, c.status, c.issuance, c.issue_from, c.issue_until,
                c.issued >= c.quantity as sold_out,
                coalesce((
                    select true from coupons.user_coupons u
                    where u.coupon_id = e.coupon_id and u.user_id = e.user_id limit 1), false) as already_issued,
                (select r.request_id from coupons.requests r
                    where r.user_id = e.user_id and r.coupon_id + 0 = e.coupon_id and r.status = 'WAITING' limit 1)
                    as waiting,
                (select shop.now()) as now,
                (select l.settled_ticket from coupons.lines l where l.coupon_id = c.coupon_id) as last_processed
            from unnest(@coupons, @users) with ordinality as e (coupon_id, user_id, place)
            join coupons.coupons c on c.coupon_id = e.coupon_id
            order by e.place) as asked
        """;

    // The partial unique key keeps out a second request while one is waiting: the batch then starts again and reads it.
    private const string Enter = """
        insert into coupons.requests (request_id, coupon_id, user_id, ticket, status, requested_at)
        select request_id, coupon_id, user_id, ticket, 'WAITING', requested_at
        from unnest(@requests, @coupons, @users, @numbers, @times)
            as e (request_id, coupon_id, user_id, ticket, requested_at)
        """;

    public async Task<ReadForRequests> LockAsync(IReadOnlyList<RequestCoupon> commands, CancellationToken ct)
    {
        // A caller exists: only an administrator can name a user who does not.
        long[] named =
        [
            .. commands.Where(command => command.UserId != command.Caller.UserId).Select(command => command.UserId),
        ];
        var users = named.Length == 0 ? null : wallets.Read(named);
        if (users is not null)
            await db.FlushAsync(ct);
        var locked = new ReadForRequests(commands, [], users);
        Func<DbDataReader, RequestStateRow>? parse = null;
        db.QueueRead(
            ReadStates,
            row =>
            {
                var state = (parse ??= row.GetRowParser<RequestStateRow>())(row);
                locked.States.Add((int)state.Place - 1, state);
            },
            ("coupons", commands.Select(
                command => locked.IsUnknown(command) ? (long?)null : command.CouponId).ToArray()),
            ("users", commands.Select(command => command.UserId).ToArray()));
        return locked;
    }

    public IEnumerable<RowKey> RowsOf(RequestCoupon command, ReadForRequests locked) => [];

    public IReadOnlyList<Result<QueueEntry>> Decide(ReadForRequests locked, IReadOnlyList<RequestCoupon> commands)
    {
        var places = new Queue<int>(Enumerable.Range(0, locked.Commands.Count));
        return [.. commands.Select(command =>
        {
            while (!ReferenceEquals(locked.Commands[places.Peek()], command))
                places.Dequeue();
            return DecideOne(locked, command, locked.States.GetValueOrDefault(places.Dequeue()));
        })];
    }

    public void Write(ReadForRequests locked, IReadOnlyList<Result<QueueEntry>> decided)
    {
        var accepted = locked.Accepted;
        if (accepted.Count == 0)
            return;
        db.QueueWrite(
            Enter,
            accepted.Count,
            ("requests", accepted.ConvertAll(one => one.Request.RequestId)),
            ("coupons", accepted.ConvertAll(one => one.Request.CouponId)),
            ("users", accepted.ConvertAll(one => one.Request.UserId)),
            ("numbers", accepted.ConvertAll(one => one.SequenceNumber)),
            ("times", accepted.ConvertAll(one => one.Request.RequestedAt)));
    }

    private static Result<QueueEntry> DecideOne(ReadForRequests locked, RequestCoupon command, RequestStateRow? state)
    {
        if (locked.IsUnknown(command))
            return WalletErrors.UserNotFound.Of(command.UserId);
        if (state is null)
            return CouponErrors.NotFound.Of(command.CouponId);
        if (state.SequenceNumber is not { } number)
            return state.State.Check(Issuance.Line, state.Now) ?? CouponErrors.AlreadyRequested.Of(null);
        var twin = locked.Accepted.Find(
            one => (one.Request.UserId, one.Request.CouponId) == (command.UserId, command.CouponId)).Request;
        if (twin is not null)
            return CouponErrors.AlreadyRequested.Of(twin.RequestId);
        var request = new QueueEntry(
            Guid.CreateVersion7(state.Now), command.CouponId, command.UserId, RequestStatus.Waiting,
            QueuePosition.Of(number, state.LastProcessed), UserCouponId: null, Reason: null, RequestedAt: state.Now,
            SettledAt: null);
        locked.Accepted.Add((request, number));
        return request;
    }
}
