using System.Globalization;

namespace Shop.IntegrationTests.Model.Steps;

/// <summary>How coupons come to be and find their users.</summary>
internal sealed partial class StepGenerator
{
    private Call CreateCoupon()
    {
        var by = SomeAdmin();
        var (isPercent, from) = (Chance(50), model.Now.AddMinutes(random.Next(-30, 10)));
        var (until, validFrom) = (from.AddMinutes(random.Next(1, 300)), from.AddMinutes(Any(0, 0, 10, 60)));
        var coupon = new Coupon
        {
            Name = string.Create(CultureInfo.InvariantCulture, $"Coupon {model.Coupons.Count + 1}"),
            IsPercent = isPercent,
            Value = isPercent ? Any(1, 7, 33, 50, 100) : Any(1, 500, 5_000, 1_000_000_000),
            MaxDiscount = Chance(40) ? Any(1, 999, 3_000) : null,
            MinimumOrderAmount = Chance(40) ? Any(1, 10_000, 50_000) : null,
            Quantity = random.Next(1, 5),
            IssueFrom = from,
            IssueUntil = until,
            ValidFrom = validFrom,
            ValidUntil = (until > validFrom ? until : validFrom).AddMinutes(random.Next(1, 240)),
        };
        var body = new
        {
            name = coupon.Name,
            discount = new
            {
                type = isPercent ? "PERCENT" : "FIXED",
                value = coupon.Value,
                maxDiscount = coupon.MaxDiscount,
            },
            minimumOrderAmount = coupon.MinimumOrderAmount,
            quantity = coupon.Quantity,
            issueFrom = coupon.IssueFrom,
            issueUntil = coupon.IssueUntil,
            validFrom = coupon.ValidFrom,
            validUntil = coupon.ValidUntil,
        };
        return new Call(by, HttpMethod.Post, "/admin/coupons", body, () => model.CreateCoupon(by, coupon));
    }

    private Call MoveEndOfIssuing()
    {
        var (by, couponId) = (SomeAdmin(), SomeCouponId());
        var until = model.Now.AddMinutes(Any(-5, 0, 10, 300));
        return new Call(
            by,
            HttpMethod.Patch,
            $"/admin/coupons/{couponId}",
            new { issueUntil = until },
            () => model.MoveEndOfIssuing(by, couponId, until));
    }

    private Call ChangeCoupon()
    {
        var (by, couponId, stops) = (SomeAdmin(), SomeCouponId(), Chance(30));
        int? quantity = Chance(50) ? random.Next(1, 6) : null;
        DateTime? validUntil = Chance(30) ? model.Now.AddMinutes(random.Next(-10, 500)) : null;
        return new Call(
            by,
            HttpMethod.Patch,
            $"/admin/coupons/{couponId}",
            Members(("quantity", quantity), ("validUntil", validUntil), ("status", stops ? "STOPPED" : "ACTIVE")),
            () => model.ChangeCoupon(by, couponId, quantity, validUntil, stops));
    }

    private Call RevokeCoupon()
    {
        var (by, issued) = (SomeAdmin(), SomeUser().Coupons);
        var id = issued.Count > 0 && Chance(95) ? Any(issued).Id : Unknown;
        return new Call(
            by, HttpMethod.Post, $"/admin/user-coupons/{id}/revocation", new { reason = "By mistake" },
            () => model.Revoke(by, id));
    }

    // A null would be a change of its own.
    private static Dictionary<string, object> Members(params (string Name, object? Value)[] members) =>
        members.Where(member => member.Value is not null).ToDictionary(member => member.Name, member => member.Value!);

    private Call Issue()
    {
        if (LacksCoupons())
            return CreateCoupon();
        var ((by, userId), couponId) = (Somebody(), SomeCouponId());
        return new Call(
            by, HttpMethod.Post, $"/coupons/{couponId}/issue", new { userId }, () => model.Issue(by, couponId, userId));
    }

    private Call RequestCoupon()
    {
        if (LacksCoupons())
            return CreateCoupon();
        var ((by, userId), couponId) = (Somebody(), SomeCouponId());
        return new Call(
            by,
            HttpMethod.Post,
            $"/coupons/{couponId}/requests",
            new { userId },
            () => model.Request(by, couponId, userId));
    }

    private bool LacksCoupons() => OpenCoupons().Count < 2 && Chance(70);

    private long SomeCouponId() => Chance(3) || model.Coupons.Count == 0 ? Unknown : SomeCoupon().Id;

    /// <summary>Mostly one that can be had now, as long as there is one.</summary>
    private Coupon SomeCoupon() =>
        OpenCoupons() is { Count: > 0 } open && Chance(75) ? Any(open) : Any(model.Coupons.TakeLast(6).ToList());

    private List<Coupon> OpenCoupons() =>
        model.Coupons.FindAll(
            coupon => coupon.IssueFrom <= model.Now && model.Now < coupon.IssueUntil && !coupon.IsSoldOut);
}
