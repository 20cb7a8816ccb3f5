using Shop.Coupons.Contracts;
using Shop.Identity.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Coupons.Held;

internal sealed record GetHeldCoupon(long UserId, long UserCouponId) : IQuery<UserCoupon>;

internal static class GetHeldCouponEndpoint
{
    public static void MapGetHeldCoupon(this IEndpointRouteBuilder held) => held
        .MapGet("/{userCouponId:long}", async (long userId, long userCouponId, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(await mediator.Send(new GetHeldCoupon(userId, userCouponId), ct)))
        .WithName(nameof(GetHeldCoupon))
        .WithSummary("A coupon that a user holds")
        .Fails(WalletErrors.UserNotFound, CouponErrors.UserCouponNotFound);
}

internal sealed class GetHeldCouponHandler(Db db, IMediator mediator) : IRequestHandler<GetHeldCoupon, UserCoupon>
{
    private const string SelectHeld = $"{UserCouponRow.Select} where user_coupon_id = @UserCouponId and user_id = @UserId";

    public async Task<UserCoupon> Handle(GetHeldCoupon request, CancellationToken cancellationToken)
    {
        var row = await db.QuerySingleOrDefaultAsync<UserCouponRow>(
            SelectHeld, new { request.UserCouponId, request.UserId }, cancellationToken);
        if (row is null && !await mediator.Send(new UserExists(request.UserId), cancellationToken))
            throw new ErrorException(WalletErrors.UserNotFound.Of(request.UserId));
        return row?.ToUserCoupon() ?? throw new ErrorException(CouponErrors.UserCouponNotFound.Of(request.UserCouponId));
    }
}
