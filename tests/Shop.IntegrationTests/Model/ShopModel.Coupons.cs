namespace Shop.IntegrationTests.Model;

/// <summary>Coupons: issued at once or through the queue, used on orders.</summary>
internal sealed partial class ShopModel
{
    public Reply CreateCoupon(Asker by, Coupon coupon)
    {
        if (by.Administers() is { } refused)
            return refused;
        Coupons.Add(coupon);
        return Reply.Created(body => coupon.Id = body.GetProperty("couponId").GetInt64(), () => View.Of(coupon));
    }

    public Reply MoveEndOfIssuing(Asker by, long couponId, DateTime until)
    {
        if (by.Administers() is { } refused)
            return refused;
        if (FindCoupon(couponId) is not { } coupon)
            return CouponNotFound();
        if (until > coupon.ValidUntil)
            return Reply.Invalid();
        coupon.IssueUntil = until;
        return Reply.Ok(() => View.Of(coupon));
    }

    public Reply ChangeCoupon(Asker by, long couponId, int? quantity, DateTime? validUntil, bool? stops)
    {
        if (by.Administers() is { } refused)
            return refused;
        if (FindCoupon(couponId) is not { } coupon)
            return CouponNotFound();
        if (validUntil < coupon.IssueUntil || validUntil <= coupon.ValidFrom)
            return Reply.Invalid();
        if (quantity < coupon.Issued)
            return Reply.Conflict("coupons.quantity_below_issued");
        coupon.Quantity = quantity ?? coupon.Quantity;
        coupon.ValidUntil = validUntil ?? coupon.ValidUntil;
        coupon.IsStopped = stops ?? coupon.IsStopped;
        return Reply.Ok(() => View.Of(coupon));
    }

    public Reply Revoke(Asker by, long userCouponId)
    {
        if (by.Administers() is { } refused)
            return refused;
        var issued = Users.SelectMany(user => user.Coupons).FirstOrDefault(issued => issued.Id == userCouponId);
        if (issued is null)
            return Reply.Refused(404, "coupons.user_coupon_not_found");
        if (issued.Status == "USED")
            return Reply.Conflict("coupons.already_used");
        if (issued.Status == "RESERVED")
            return Reply.Conflict("coupons.in_use");
        issued.Status = "REVOKED";
        return Reply.Ok(() => View.Of(issued, Now));
    }

    public Reply Issue(Asker by, long couponId, long userId)
    {
        if (by.ActsFor(userId) is { } refused)
            return refused;
        if (FindUser(userId) is not { } user)
            return Reply.UserNotFound();
        if (FindCoupon(couponId) is not { } coupon)
            return CouponNotFound();
        if (Closed(coupon) is { } closed)
            return closed;
        if (Has(user, coupon))
            return Reply.Conflict("coupons.already_issued");
        if (coupon.IsSoldOut)
            return Reply.Conflict("coupons.sold_out");
        var issued = Give(coupon, user);
        return Reply.Created(
            body => issued.Id = body.GetProperty("userCouponId").GetInt64(), () => View.Of(issued, Now));
    }

    public Reply Request(Asker by, long couponId, long userId)
    {
        if (by.ActsFor(userId) is { } refused)
            return refused;
        if (FindUser(userId) is not { } user)
            return Reply.UserNotFound();
        if (FindCoupon(couponId) is not { } coupon)
            return CouponNotFound();
        if (Closed(coupon) is { } closed)
            return closed;
        if (Has(user, coupon))
            return Reply.Conflict("coupons.already_issued");
        if (coupon.Requests.Exists(request => request.User == user && request.Status == "WAITING"))
            return Reply.Conflict("coupons.already_requested");
        if (coupon.IsSoldOut)
            return Reply.Conflict("coupons.sold_out");
        var entered = new QueueEntry(coupon, user, coupon.Requests.Count + 1, Now);
        coupon.Requests.Add(entered);
        return Reply.Accepted(body => entered.Id = body.GetProperty("requestId").GetGuid(), () => View.Of(entered));
    }

    /// <summary>One tick of every queue.</summary>
    /// <returns>The requests that were processed.</returns>
    public List<QueueEntry> ProcessQueues()
    {
        var processed = new List<QueueEntry>();
        foreach (var coupon in Coupons.Where(coupon => coupon.Requests.Exists(request => request.Status == "WAITING")))
        {
            if (coupon.SettledAt is { } last && Now - last < ShopRules.QueuePace && !coupon.IsClosed)
                continue;
            processed.AddRange(
                Process(coupon, coupon.Requests.Where(request => request.Status == "WAITING").Take(rules.QueueBatch)));
            coupon.SettledAt = Now;
            // Once the last one is gone nobody waits for another tick to hear it.
            if (coupon.IsClosed)
                processed.AddRange(Process(coupon, coupon.Requests.Where(request => request.Status == "WAITING")));
        }

        return processed;
    }

    private List<QueueEntry> Process(Coupon coupon, IEnumerable<QueueEntry> requests)
    {
        var batch = requests.ToList();
        foreach (var request in batch)
        {
            if (coupon.IsStopped)
                request.Reason = "coupons.stopped";
            else if (Has(request.User, coupon))
                request.Reason = "coupons.already_issued";
            else if (coupon.IsSoldOut)
                request.Reason = "coupons.sold_out";
            else
                request.Issued = Give(coupon, request.User);
            request.Status = request.Issued is null ? "FAILED" : "COMPLETED";
            request.SettledAt = Now;
            coupon.LastProcessed = request.SequenceNumber;
        }

        return batch;
    }

    private IssuedCoupon Give(Coupon coupon, User user)
    {
        var issued = new IssuedCoupon(coupon, user, Now);
        coupon.Issued++;
        user.Coupons.Add(issued);
        return issued;
    }

    /// <summary>Takes the coupon's discount off the order, which is not kept yet.</summary>
    /// <returns>Why that is refused, or null.</returns>
    private Reply? UseOn(Order order, long userCouponId, bool ignoresExpired)
    {
        if (order.User.Coupons.Find(issued => issued.Id == userCouponId) is not { } issued)
            return Reply.Refused(404, "coupons.user_coupon_not_found");
        if (Ineligible(issued, order) is { } code)
            return ignoresExpired && code == "coupons.expired" ? null : Reply.Conflict(code);
        order.Coupon = issued;
        order.Discount = DiscountOf(issued.Coupon, order.ItemsAmount);
        return null;
    }

    // Best first; RESERVED wins over EXPIRED, and is not offered where it is both.
    private IEnumerable<object> QuotedCoupons(Order order) => order.User.Coupons
        .Where(issued => issued.StatusAt(Now) is "AVAILABLE" or "RESERVED")
        .Select(issued => (
            Issued: issued, Reason: Ineligible(issued, order)?["coupons.".Length..].ToUpperInvariant()))
        .Select(quoted => (
            quoted.Issued,
            quoted.Reason,
            Discount: quoted.Reason is null ? DiscountOf(quoted.Issued.Coupon, order.ItemsAmount) : 0))
        .OrderByDescending(quoted => quoted.Reason is null)
        .ThenByDescending(quoted => quoted.Discount)
        .ThenBy(quoted => quoted.Issued.Id)
        .Take(50)
        .Select(quoted => new
        {
            userCouponId = quoted.Issued.Id,
            name = quoted.Issued.Coupon.Name,
            discount = quoted.Discount,
            applicable = quoted.Reason is null,
            reason = quoted.Reason,
        });

    private string? Ineligible(IssuedCoupon issued, Order order) =>
        issued.Status == "REVOKED" ? "coupons.revoked"
        : issued.Status == "RESERVED" ? "coupons.in_use"
        : issued.Status == "USED" ? "coupons.already_used"
        : issued.Coupon.IsStopped ? "coupons.stopped"
        : Now >= issued.ValidUntil ? "coupons.expired"
        : Now < issued.Coupon.ValidFrom ? "coupons.not_yet_valid"
        : order.ItemsAmount < issued.Coupon.MinimumOrderAmount ? "coupons.minimum_order_amount"
        : DiscountOf(issued.Coupon, order.ItemsAmount) == 0 ? "coupons.no_discount"
        : null;

    private static long DiscountOf(Coupon coupon, long itemsAmount)
    {
        var discount = coupon.IsPercent ? decimal.Floor((decimal)itemsAmount * coupon.Value / 100) : coupon.Value;
        return (long)decimal.Min(decimal.Min(discount, coupon.MaxDiscount ?? discount), itemsAmount);
    }

    private Reply? Closed(Coupon coupon) =>
        coupon.IsStopped ? Reply.Conflict("coupons.stopped")
        : Now < coupon.IssueFrom ? Reply.Conflict("coupons.issue_not_started")
        : Now >= coupon.IssueUntil ? Reply.Conflict("coupons.issue_ended") : null;

    private static bool Has(User user, Coupon coupon) => user.Coupons.Exists(issued => issued.Coupon == coupon);

    private Coupon? FindCoupon(long couponId) => Coupons.Find(coupon => coupon.Id == couponId);

    private static Reply CouponNotFound() => Reply.Refused(404, "coupons.not_found");
}
