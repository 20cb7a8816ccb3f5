using System.ComponentModel;
using Shop.Identity.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Coupons.IssuedCoupons;

internal sealed record ListIssuedCoupons(long UserId, UserCouponStatus? Status, PageRequest Page)
    : IQuery<Page<UserCoupon>>;

internal static class ListIssuedCouponsEndpoint
{
    public static void MapListIssuedCoupons(this IEndpointRouteBuilder issued) => issued
        .MapGet("", async (
            long userId, [Description("Only those in this state."), OneOf(typeof(UserCouponStatus))] string? status,
            [AsParameters] PageRequest page, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(await mediator.Send(
                new ListIssuedCoupons(userId, EnumQuery.Parse<UserCouponStatus>("status", status), page), ct)))
        .WithName("ListUserCoupons")
        .WithSummary("The coupons that a user holds, newest first")
        .Fails(WalletErrors.UserNotFound);
}

internal sealed class ListIssuedCouponsHandler(Db db, IMediator mediator, Cursors cursors)
    : IRequestHandler<ListIssuedCoupons, Page<UserCoupon>>
{
    private const string SelectIssued = $"""
        {UserCouponRow.Select}
        where user_id = @UserId and (@status::text is null or status = @status)
            and (@after::bigint is null or user_coupon_id < @after)
        order by user_coupon_id desc
        limit @limit
        """;

    private sealed record After(long UserCouponId);

    public async Task<Page<UserCoupon>> Handle(ListIssuedCoupons request, CancellationToken cancellationToken)
    {
        var status = request.Status is { } wanted ? EnumNames.Of(wanted) : null;
        var list = $"held-coupons/{request.UserId}/{status}";
        var after = cursors.Read<After>(list, request.Page)?.UserCouponId;
        var rows = await db.QueryAsync<UserCouponRow>(
            SelectIssued, new { request.UserId, status, after, limit = request.Page.Size + 1 }, cancellationToken);
        if (rows.Count == 0 && !await mediator.Send(new UserExists(request.UserId), cancellationToken))
            throw new ErrorException(WalletErrors.UserNotFound.Of(request.UserId));
        return cursors.Page(list, request.Page, rows, last => new After(last.UserCouponId)).Select(
            row => row.ToUserCoupon());
    }
}
