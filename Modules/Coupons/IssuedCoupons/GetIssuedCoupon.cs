using Shop.Coupons.Contracts;
using Shop.Identity.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Coupons.IssuedCoupons;

internal sealed record GetIssuedCoupon(long UserId, long UserCouponId) : IQuery<UserCoupon>;

internal static class GetIssuedCouponEndpoint
{
    public static void MapGetIssuedCoupon(this IEndpointRouteBuilder issued) => issued
        .MapGet(
            "/{userCouponId:long}", async (long userId, long userCouponId, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(await mediator.Send(new GetIssuedCoupon(userId, userCouponId), ct)))
        .WithName("GetUserCoupon")
        .WithSummary("A coupon that a user holds")
        .Fails(WalletErrors.UserNotFound, CouponErrors.UserCouponNotFound);
}

internal sealed class GetIssuedCouponHandler(Db db, IMediator mediator) : IRequestHandler<GetIssuedCoupon, UserCoupon>
{
    private const string SelectIssued =
        $"{UserCouponRow.Select} where user_coupon_id = @UserCouponId and user_id = @UserId";

    public async Task<UserCoupon> Handle(GetIssuedCoupon request, CancellationToken cancellationToken)
    {
        var row = await db.QuerySingleOrDefaultAsync<UserCouponRow>(
            SelectIssued, new { request.UserCouponId, request.UserId }, cancellationToken);
        if (row is null && !await mediator.Send(new UserExists(request.UserId), cancellationToken))
            throw new ErrorException(WalletErrors.UserNotFound.Of(request.UserId));
        return row?.ToUserCoupon()
            ?? throw new ErrorException(CouponErrors.UserCouponNotFound.Of(request.UserCouponId));
    }
}
