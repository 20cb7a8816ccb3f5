using Shop.BuildingBlocks.Commands;
using Shop.Coupons.Campaigns;
using Shop.Coupons.Contracts;
using Shop.Messages;

namespace Shop.Coupons.IssuedCoupons;

/// <summary>
/// Decides whether a user can get a coupon. The first error wins: window, already issued or requested, sold out.
/// </summary>
/// <param name="Waiting">The request with which the user stands in the queue.</param>
internal sealed record CouponState(
    DateTimeOffset IssueFrom, DateTimeOffset IssueUntil, bool SoldOut, bool AlreadyIssued, Guid? Waiting)
{
    public Error? Check(DateTimeOffset now)
    {
        if (now < IssueFrom)
            return CouponErrors.IssueNotStarted.Of(IssueFrom);
        if (now >= IssueUntil)
            return CouponErrors.IssueEnded.Of(IssueUntil);
        if (AlreadyIssued)
            return CouponErrors.AlreadyIssued.Of();
        if (Waiting is not null)
            return CouponErrors.AlreadyRequested.Of(Waiting);
        return SoldOut ? CouponErrors.SoldOut.Of() : null;
    }
}
