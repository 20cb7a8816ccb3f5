using Shop.Coupons.Definitions;

namespace Shop.Coupons.Held;

/// <summary>What stands between a user and a coupon; where several hold, the first wins: window, already issued or requested, sold out.</summary>
/// <param name="Waiting">The request with which the user stands in the line.</param>
internal sealed record CouponState(DateTimeOffset IssueFrom, DateTimeOffset IssueUntil, bool SoldOut, bool AlreadyIssued, Guid? Waiting)
{
    public Error? Refuse(DateTimeOffset now)
    {
        if (now < IssueFrom)
            return new Error("coupons.issue_not_started", "The coupon can't be had yet.").With(("issueFrom", IssueFrom));
        if (now >= IssueUntil)
            return new Error("coupons.issue_ended", "The coupon can't be had any more.").With(("issueUntil", IssueUntil));
        if (AlreadyIssued)
            return IssueRefusals.AlreadyIssued();
        if (Waiting is not null)
            return IssueRefusals.AlreadyRequested(Waiting);
        return SoldOut ? IssueRefusals.SoldOut() : null;
    }
}

internal static class IssueRefusals
{
    public const string SoldOutCode = "coupons.sold_out";
    public const string AlreadyIssuedCode = "coupons.already_issued";

    public static Error SoldOut() => new(SoldOutCode, "All of them are gone.");

    public static Error AlreadyIssued() => new(AlreadyIssuedCode, "The user has this coupon already.");

    /// <param name="waiting">Whoever has lost the place finds it again by it.</param>
    public static Error AlreadyRequested(Guid? waiting) =>
        new Error("coupons.already_requested", "The user stands in this coupon's line already.").With(("requestId", waiting));
}
