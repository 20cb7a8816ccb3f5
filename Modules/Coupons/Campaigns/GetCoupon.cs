using Shop.Coupons.Contracts;
namespace Shop.Coupons.Campaigns;

internal sealed record GetCoupon(long CouponId) : IQuery<Coupon>;

internal static class GetCouponEndpoint
{
    public static void MapGetCoupon(this IEndpointRouteBuilder coupons) => coupons
        .MapGet("/{couponId:long}", async (long couponId, IMediator mediator, CancellationToken ct) => TaggedResults.Ok(
            await mediator.Send(new GetCoupon(couponId), ct)))
        .AllowAnonymous()
        .WithName(nameof(GetCoupon))
        .WithSummary("A coupon and how many are left")
        .Fails(CouponErrors.NotFound);
}

internal sealed class GetCouponHandler(Db db) : IRequestHandler<GetCoupon, Coupon>
{
    private const string SelectCoupon = $"select {CouponRow.Columns} from coupons.coupons where coupon_id = @CouponId";

    public async Task<Coupon> Handle(GetCoupon request, CancellationToken cancellationToken)
    {
        var row = await db.QuerySingleOrDefaultAsync<CouponRow>(
            SelectCoupon, new { request.CouponId }, cancellationToken);
        return row?.ToCoupon() ?? throw new ErrorException(CouponErrors.NotFound.Of(request.CouponId));
    }
}
