namespace Shop.Coupons.Queue;

/// <summary>A place in a coupon's waiting line, as the outside sees it.</summary>
/// <param name="Position">While WAITING: 1-based, never rises, may be a little high.</param>
/// <param name="UserCouponId">When COMPLETED.</param>
/// <param name="Reason">When FAILED: an error code.</param>
internal sealed record QueueEntry(
    Guid RequestId, long CouponId, long UserId, RequestStatus Status, long? Position, long? UserCouponId, string? Reason, DateTimeOffset RequestedAt,
    DateTimeOffset? SettledAt)
{ }

internal enum RequestStatus
{
    Waiting,
    Completed,
    Failed,
}

internal sealed record QueueEntryRow(
    Guid RequestId, long CouponId, long UserId, long Ticket, string Status, long SettledTicket, long? UserCouponId, string? Reason, DateTimeOffset RequestedAt,
    DateTimeOffset? SettledAt)
{
    // Nobody counts the line: a place is the ticket less the last one settled.
    public const string Select = """
        select r.request_id, r.coupon_id, r.user_id, r.ticket, r.status, l.settled_ticket, r.user_coupon_id, r.reason, r.requested_at, r.settled_at
        from coupons.requests r
        join coupons.lines l on l.coupon_id = r.coupon_id
        """;

    public QueueEntry ToRequest()
    {
        var status = EnumNames.Read<RequestStatus>(Status);
        long? position = status == RequestStatus.Waiting ? QueuePosition.Of(Ticket, SettledTicket) : null;
        return new QueueEntry(RequestId, CouponId, UserId, status, position, UserCouponId, Reason, RequestedAt, SettledAt);
    }
}

internal static class QueuePosition
{
    /// <summary>A ticket drawn early whose request was written late may stand before the last one settled: it is next.</summary>
    public static long Of(long ticket, long settledTicket) => Math.Max(1, ticket - settledTicket);
}
