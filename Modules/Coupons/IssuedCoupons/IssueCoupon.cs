using Shop.BuildingBlocks.Commands.Batching;
using Shop.Coupons.Campaigns;
using Shop.Coupons.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Coupons.IssuedCoupons;

internal sealed record IssueCoupon(long CouponId, long UserId) : IBatchedCommand<UserCoupon>;

internal sealed record IssueCouponRequest(long UserId);

internal static class IssueCouponEndpoint
{
    public static void MapIssueCoupon(this IEndpointRouteBuilder coupons) => coupons
        .MapPost("/{couponId:long}/issue", async (
            long couponId, IssueCouponRequest body, Caller caller, IMediator mediator, IdempotentSender commands,
            CancellationToken ct) =>
        {
            await caller.MustActForExistingUserAsync(body.UserId, mediator, ct);
            return await commands.CreatedAsync(
                new IssueCoupon(couponId, body.UserId),
                issued => $"/api/v1/users/{body.UserId}/coupons/{issued.UserCouponId}", ct);
        })
        .RequireRateLimiting(RateLimits.Coupons)
        .IsEveryday()
        .WithName(nameof(IssueCoupon))
        .WithSummary("Issues a coupon at once: first come, first served")
        .Fails(
            HttpErrors.Forbidden,
            CouponErrors.NotFound,
            WalletErrors.UserNotFound,
            CouponErrors.Stopped,
            CouponErrors.OtherIssuance,
            CouponErrors.IssueNotStarted,
            CouponErrors.IssueEnded,
            CouponErrors.AlreadyIssued,
            CouponErrors.SoldOut)
        .WithExample(new IssueCouponRequest(7));
}

internal sealed class IssueCouponHandler(CampaignLocks locks)
    : ICommandBatchHandler<IssueCoupon, UserCoupon, LockedCampaigns>
{
    public Task<LockedCampaigns> LockAsync(IReadOnlyList<IssueCoupon> commands, CancellationToken ct) =>
        Task.FromResult(locks.Lock([.. commands.Select(command => (command.CouponId, command.UserId))]));

    public IEnumerable<RowKey> RowsOf(IssueCoupon command, LockedCampaigns locked) =>
        [new(CampaignLocks.Resource, command.CouponId)];

    public IReadOnlyList<Result<UserCoupon>> Decide(LockedCampaigns locked, IReadOnlyList<IssueCoupon> commands) =>
        [.. commands.Select(command => locked.Issue(command.CouponId, command.UserId, Issuance.Direct))];

    public void Write(LockedCampaigns locked, IReadOnlyList<Result<UserCoupon>> decided) => locks.Write(locked);
}
