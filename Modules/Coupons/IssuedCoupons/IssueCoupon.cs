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
        .MapPost("/{couponId:long}/issue", (
            long couponId, IssueCouponRequest body, Caller caller, IdempotentSender commands, CancellationToken ct) =>
        {
            caller.MustActFor(body.UserId);
            return commands.CreatedAsync(
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

internal sealed record LockedForIssue(IReadWallets Users, LockedCampaigns Campaigns);

internal sealed class IssueCouponHandler(CampaignLocks campaigns, IWalletLocks wallets)
    : ICommandBatchHandler<IssueCoupon, UserCoupon, LockedForIssue>
{
    public Task<LockedForIssue> LockAsync(IReadOnlyList<IssueCoupon> commands, CancellationToken ct) =>
        Task.FromResult(new LockedForIssue(
            wallets.Read([.. commands.Select(command => command.UserId).Distinct()]),
            campaigns.Lock([.. commands.Select(command => (command.CouponId, command.UserId))])));

    public IEnumerable<RowKey> RowsOf(IssueCoupon command, LockedForIssue locked) =>
        [new(CampaignLocks.Resource, command.CouponId)];

    public IReadOnlyList<Result<UserCoupon>> Decide(LockedForIssue locked, IReadOnlyList<IssueCoupon> commands) =>
    [
        .. commands.Select(command => locked.Users.Has(command.UserId)
            ? locked.Campaigns.Issue(command.CouponId, command.UserId, Issuance.Direct)
            : WalletErrors.UserNotFound.Of(command.UserId)),
    ];

    public void Write(LockedForIssue locked, IReadOnlyList<Result<UserCoupon>> decided) =>
        campaigns.Write(locked.Campaigns);
}
