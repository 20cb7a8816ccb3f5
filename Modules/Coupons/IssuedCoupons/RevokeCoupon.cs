using System.ComponentModel.DataAnnotations;
using Shop.Coupons.Contracts;

namespace Shop.Coupons.IssuedCoupons;

/// <summary>Takes an issued coupon back. Its user gets no other. The reason stands in the activity.</summary>
internal sealed record RevokeCoupon(long UserCouponId, string Reason) : ICommand<UserCoupon>;

internal sealed record RevokeCouponRequest([property: MaxLength(TextLength.Reason)] string Reason);

internal static class RevokeCouponEndpoint
{
    public static void MapRevokeCoupon(this IEndpointRouteBuilder userCoupons) => userCoupons
        .MapPost("/{userCouponId:long}/revocation", (
            long userCouponId, RevokeCouponRequest body, IdempotentSender commands, CancellationToken ct) =>
            commands.OkAsync(new RevokeCoupon(userCouponId, body.Reason), ct))
        .WithName(nameof(RevokeCoupon))
        .WithSummary("Takes an issued coupon back")
        .Fails(CouponErrors.UserCouponNotFound, CouponErrors.AlreadyUsed, CouponErrors.InUse)
        .WithExample(new RevokeCouponRequest("issued by mistake"))
        .WithDescription("A reason has 1 to 500 characters. One that is revoked already is answered as it is.");
}

internal sealed class RevokeCouponValidator : AbstractValidator<RevokeCoupon>
{
    public RevokeCouponValidator() =>
        RuleFor(command => command.Reason).NotEmpty().MaximumCharacters(TextLength.Reason);
}

internal sealed class RevokeCouponHandler(Db db) : IRequestHandler<RevokeCoupon, UserCoupon>
{
    // Orders reserve and redeem behind this lock.
    private static readonly LockStatement LockCoupon = new(
        LockOrder.UserCoupon,
        ICouponLocks.Resource,
        "select user_coupon_id, status from coupons.user_coupons where user_coupon_id = any(@keys) "
        + "order by user_coupon_id for no key update",
        "select user_coupon_id from coupons.user_coupons where user_coupon_id = any(@keys)");

    private const string Revoke = """
        update coupons.user_coupons set status = 'REVOKED' where user_coupon_id = @UserCouponId and status = 'AVAILABLE'
        """;

    private const string SelectCoupon = $"{UserCouponRow.Select} where user_coupon_id = @UserCouponId";

    public async Task<UserCoupon> Handle(RevokeCoupon request, CancellationToken cancellationToken)
    {
        UserCouponStatus? status = null;
        db.QueueLock(
            LockCoupon, [request.UserCouponId], row => status = EnumNames.Read<UserCouponStatus>(row.GetString(1)));
        await db.FlushAsync(cancellationToken);
        var error = status switch
        {
            null => CouponErrors.UserCouponNotFound.Of(request.UserCouponId),
            UserCouponStatus.Used => CouponErrors.AlreadyUsed.Of(),
            UserCouponStatus.Reserved => CouponErrors.InUse.Of(),
            _ => null,
        };
        if (error is not null)
            throw new ErrorException(error);
        await db.ExecuteAsync(Revoke, new { request.UserCouponId }, cancellationToken);
        var row = await db.QuerySingleAsync<UserCouponRow>(
            SelectCoupon, new { request.UserCouponId }, cancellationToken);
        return row.ToUserCoupon();
    }
}
