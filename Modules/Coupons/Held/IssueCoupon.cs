using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Http;
using Shop.BuildingBlocks.Idempotency;
using Shop.Coupons.Definitions;
using Shop.Messages;

namespace Shop.Coupons.Held;

internal sealed record IssueCoupon(long CouponId, long UserId) : ICommand<UserCoupon>;

internal sealed record IssueCouponRequest(long UserId);

internal static class IssueCouponEndpoint
{
    public static void MapIssueCoupon(this IEndpointRouteBuilder coupons) => coupons
        .MapPost("/{couponId:long}/issue", async (long couponId, IssueCouponRequest body, Caller caller, IMediator mediator, IdempotentSender commands, CancellationToken ct) =>
        {
            await caller.MustActForSomebodyAsync(body.UserId, mediator, ct);
            return await commands.CreatedAsync(new IssueCoupon(couponId, body.UserId), held => $"/api/v1/users/{body.UserId}/coupons/{held.UserCouponId}", ct);
        })
        .RequireRateLimiting(RateLimits.Coupons)
        .WithName(nameof(IssueCoupon))
        .WithSummary("Issues a coupon at once: first come, first served")
        .Refuses(StatusCodes.Status403Forbidden, "auth.forbidden")
        .Refuses("coupons.not_found", "wallet.user_not_found")
        .Refuses("coupons.issue_not_started", "coupons.issue_ended", "coupons.already_issued", "coupons.sold_out")
        .WithExample(new IssueCouponRequest(7));
}

internal sealed class IssueCouponHandler(Db db, TimeProvider time) : IRequestHandler<IssueCoupon, UserCoupon>
{
    // One statement decides. The coupon's row lock puts all takers in a row; who comes after the last one no longer meets issued < quantity, and
    // who comes twice is stopped by the unique key, which undoes the count too.
    private const string Issue = $"""
        with taken as (
            update coupons.coupons set issued = issued + 1
            where coupon_id = @CouponId and issued < quantity and issue_from <= @now and @now < issue_until
              and not exists (select 1 from coupons.user_coupons where coupon_id = @CouponId and user_id = @UserId)
            returning {CouponRow.Columns}),
        held as (
            insert into coupons.user_coupons (coupon_id, user_id, status, issued_at)
            select coupon_id, @UserId, 'AVAILABLE', @now from taken
            returning user_coupon_id, coupon_id, status, issued_at, used_at, order_id)
        select h.user_coupon_id, h.coupon_id, t.name, t.discount_type, t.discount_value, t.max_discount, t.minimum_order_amount, h.status,
            t.valid_from, t.valid_until, h.issued_at, h.used_at, h.order_id
        from held h
        join taken t on t.coupon_id = h.coupon_id
        """;

    private const string SelectState = """
        select issue_from, issue_until, issued >= quantity as sold_out,
            exists (select 1 from coupons.user_coupons u where u.coupon_id = c.coupon_id and u.user_id = @UserId) as already_issued,
            null::uuid as waiting
        from coupons.coupons c
        where coupon_id = @CouponId
        """;

    public async Task<UserCoupon> Handle(IssueCoupon request, CancellationToken cancellationToken)
    {
        var now = time.UtcNow();
        if (await IssueAsync(request, now, cancellationToken) is { } held)
            return held.ToUserCoupon();

        var state = await db.QuerySingleOrDefaultAsync<CouponState>(SelectState, new { request.CouponId, request.UserId }, cancellationToken)
            ?? throw Coupon.NotFound(request.CouponId);
        throw state.Refuse(now) ?? IssueRefusals.SoldOut();
    }

    private async Task<UserCouponRow?> IssueAsync(IssueCoupon request, DateTimeOffset now, CancellationToken ct)
    {
        try
        {
            return await db.QuerySingleOrDefaultAsync<UserCouponRow>(Issue, new { request.CouponId, request.UserId, now }, ct);
        }
        catch (PostgresException twice) when (twice.ConstraintName == "one_for_each_user")
        {
            throw IssueRefusals.AlreadyIssued();
        }
    }
}
