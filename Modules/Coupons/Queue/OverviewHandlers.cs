using Shop.Coupons.Contracts;

namespace Shop.Coupons.Queue;

internal sealed class GetLongestQueueLengthHandler(Db db) : IRequestHandler<GetLongestQueueLength, long>
{
    // A queue is not counted: its length is its last position.
    private const string SelectLongest = """
        select coalesce(max(last.ticket - l.settled_ticket), 0)
        from coupons.lines l
        cross join lateral (
            select max(r.ticket) as ticket from coupons.requests r
            where r.coupon_id = l.coupon_id and r.status = 'WAITING') last
        """;

    public Task<long> Handle(GetLongestQueueLength request, CancellationToken cancellationToken) =>
        db.QuerySingleAsync<long>(SelectLongest, parameters: null, cancellationToken);
}
