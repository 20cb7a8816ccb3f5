using Shop.BuildingBlocks.Commands;
using Shop.Coupons.Campaigns;
using Shop.Coupons.Contracts;
using Shop.Messages;

namespace Shop.Coupons.IssuedCoupons;

/// <summary>
/// Decides whether a user can get a coupon. The first error wins: stopped, other way, window, already issued or
/// requested, sold out.
/// </summary>
/// <param name="Waiting">The request with which the user stands in the queue.</param>
internal sealed record CouponState(
    string Status, string Issuance, DateTimeOffset IssueFrom, DateTimeOffset IssueUntil, bool SoldOut,
    bool AlreadyIssued, Guid? Waiting)
{
    private static readonly string Stopped = EnumNames.Of(CouponStatus.Stopped);
    private static readonly string AnyWay = EnumNames.Of(Campaigns.Issuance.Any);

    /// <param name="way">How the user asks for it.</param>
    public Error? Check(Issuance way, DateTimeOffset now)
    {
        if (Status == Stopped)
            return CouponErrors.Stopped.Of();
        if (Issuance != AnyWay && Issuance != EnumNames.Of(way))
            return CouponErrors.OtherIssuance.Of(Issuance);
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
