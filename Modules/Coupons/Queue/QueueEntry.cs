namespace Shop.Coupons.Queue;

/// <summary>A place in a coupon's queue, as the API shows it.</summary>
/// <param name="Position">While WAITING: 1-based, never rises, may be a little high.</param>
/// <param name="UserCouponId">When COMPLETED.</param>
/// <param name="Reason">When FAILED: an error code.</param>
internal sealed record QueueEntry(
    Guid RequestId, long CouponId, long UserId, RequestStatus Status, long? Position, long? UserCouponId,
    string? Reason, DateTimeOffset RequestedAt, DateTimeOffset? SettledAt)
{ }

internal enum RequestStatus
{
    Waiting,
    Completed,
    Failed,
}

internal sealed record QueueEntryRow(
    Guid RequestId, long CouponId, long UserId, long SequenceNumber, string Status, long LastProcessed,
    long? UserCouponId, string? Reason, DateTimeOffset RequestedAt, DateTimeOffset? SettledAt)
{
    // The queue is not counted: a position is the sequence number less the last one processed.
    public const string Select = """
        select r.request_id, r.coupon_id, r.user_id, r.ticket as sequence_number, r.status,
            l.settled_ticket as last_processed, r.user_coupon_id, r.reason, r.requested_at, r.settled_at
        from coupons.requests r
        join coupons.lines l on l.coupon_id = r.coupon_id
        """;

    public QueueEntry ToEntry()
    {
        var status = EnumNames.Read<RequestStatus>(Status);
        long? position = status == RequestStatus.Waiting ? QueuePosition.Of(SequenceNumber, LastProcessed) : null;
        return new QueueEntry(
            RequestId, CouponId, UserId, status, position, UserCouponId, Reason, RequestedAt, SettledAt);
    }
}

internal static class QueuePosition
{
    /// <summary>
    /// A number drawn early, whose entry was written late, may be below the last one processed: its entry is next.
    /// </summary>
    public static long Of(long sequenceNumber, long lastProcessed) => Math.Max(1, sequenceNumber - lastProcessed);
}
