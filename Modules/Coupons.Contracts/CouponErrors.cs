using Shop.Messages;

namespace Shop.Coupons.Contracts;

public static class CouponErrors
{
    /// <summary>The value is the coupon's id.</summary>
    public static readonly DocumentedError<long> NotFound =
        new("coupons.not_found", 404, couponId => $"There is no coupon {couponId}.");

    /// <summary>There is none, or it is another user's. The value is its id.</summary>
    public static readonly DocumentedError<Guid> RequestNotFound =
        new("coupons.request_not_found", 404, requestId => $"There is no coupon request {requestId}.");

    public static readonly DocumentedError RequestSettled =
        new("coupons.request_settled", 409, "The request is settled already.");

    /// <summary>The reason of a FAILED request alone.</summary>
    public static readonly DocumentedError RequestWithdrawn =
        new("coupons.request_withdrawn", 409, "The user has left the coupon's line.");

    public static readonly DocumentedError CodeTaken = new("coupons.code_taken", 409, "There is such a code already.");

    public static readonly DocumentedError CodeNotFound = new("coupons.code_not_found", 404, "There is no such code.");

    public static readonly DocumentedError CodeUsed =
        new("coupons.code_used", 409, "The code has been used as often as it may be.");

    public static readonly DocumentedError Stopped = new("coupons.stopped", 409, "The coupon has been stopped.");

    /// <summary>The value is the way in which the coupon is issued.</summary>
    public static readonly DocumentedError<string> OtherIssuance =
        new("coupons.other_issuance", 409, _ => "The coupon can't be had in this way.", "issuance");

    /// <summary>The value is the number issued.</summary>
    public static readonly DocumentedError<int> QuantityBelowIssued = new(
        "coupons.quantity_below_issued", 409, issued => $"{issued} of it have been issued.", "issued");

    public static readonly DocumentedError<DateTimeOffset> IssueNotStarted =
        new("coupons.issue_not_started", 409, _ => "The coupon can't be had yet.", "issueFrom");

    public static readonly DocumentedError<DateTimeOffset> IssueEnded =
        new("coupons.issue_ended", 409, _ => "The coupon can't be had any more.", "issueUntil");

    public static readonly DocumentedError AlreadyIssued =
        new("coupons.already_issued", 409, "The user has this coupon already.");

    /// <summary>The value is the request by which the user finds its place again, where it is known.</summary>
    public static readonly DocumentedError<Guid?> AlreadyRequested =
        new("coupons.already_requested", 409, _ => "The user stands in this coupon's line already.", "requestId");

    public static readonly DocumentedError SoldOut = new("coupons.sold_out", 409, "All of them are gone.");

    /// <summary>There is none, or it is another user's. The value is its id.</summary>
    public static readonly DocumentedError<long> UserCouponNotFound =
        new("coupons.user_coupon_not_found", 404, userCouponId => $"There is no held coupon {userCouponId}.");

    public static readonly DocumentedError Revoked = new("coupons.revoked", 409, "The coupon has been taken back.");

    public static readonly DocumentedError Expired = new("coupons.expired", 409, "The coupon has expired.");

    public static readonly DocumentedError NotYetValid =
        new("coupons.not_yet_valid", 409, "The coupon can't be used yet.");

    public static readonly DocumentedError AlreadyUsed = new("coupons.already_used", 409, "The coupon has been used.");

    public static readonly DocumentedError InUse = new("coupons.in_use", 409, "Another open order holds the coupon.");

    public static readonly DocumentedError NotApplicable =
        new("coupons.not_applicable", 409, "The coupon is for none of these items.");

    /// <summary>The value is the minimum in KRW.</summary>
    public static readonly DocumentedError<long?> MinimumOrderAmount = new(
        "coupons.minimum_order_amount", 409, minimum => $"The coupon is for orders of at least {minimum} KRW.",
        "minimum");

    public static readonly DocumentedError NoDiscount =
        new("coupons.no_discount", 409, "The coupon takes nothing off this order.");

    /// <summary>One for each <see cref="Ineligibility"/>.</summary>
    public static readonly IReadOnlyList<ErrorKind> Ineligible =
    [
        UserCouponNotFound, Revoked, AlreadyUsed, InUse, Stopped, Expired, NotYetValid, NotApplicable,
        MinimumOrderAmount, NoDiscount,
    ];

    /// <returns>The error of a coupon that can't be used for an order, or null where it can.</returns>
    public static Error? Of(long userCouponId, DiscountQuote quote) => quote.Ineligibility switch
    {
        null => null,
        Ineligibility.NotFound => UserCouponNotFound.Of(userCouponId),
        Ineligibility.Revoked => Revoked.Of(),
        Ineligibility.AlreadyUsed => AlreadyUsed.Of(),
        Ineligibility.InUse => InUse.Of(),
        Ineligibility.Stopped => Stopped.Of(),
        Ineligibility.Expired => Expired.Of(),
        Ineligibility.NotYetValid => NotYetValid.Of(),
        Ineligibility.NotApplicable => NotApplicable.Of(),
        Ineligibility.MinimumOrderAmount => MinimumOrderAmount.Of(quote.MinimumOrderAmount),
        Ineligibility.NoDiscount => NoDiscount.Of(),
        _ => throw new ArgumentOutOfRangeException(nameof(quote), quote, "There is no such ineligibility."),
    };
}
