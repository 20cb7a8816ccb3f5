using System.ComponentModel.DataAnnotations;
using Shop.Coupons.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Coupons.IssuedCoupons;

/// <summary>Gives a coupon to named users, whatever its window and its way of issuing.</summary>
internal sealed record GrantCoupons(long CouponId, IReadOnlyList<long> UserIds) : ICommand<CouponGrants>
{
    public const int MaximumUsers = 1_000;
}

internal sealed record GrantCouponsRequest(
    [property: MinLength(1), MaxLength(GrantCoupons.MaximumUsers)] IReadOnlyList<long> UserIds);

/// <param name="Granted">How many users got it.</param>
internal sealed record CouponGrants(int Granted, IReadOnlyList<SkippedUser> Skipped);

/// <param name="Reason">An error code.</param>
internal sealed record SkippedUser(long UserId, string Reason);

internal static class GrantCouponsEndpoint
{
    public static void MapGrantCoupons(this IEndpointRouteBuilder coupons) => coupons
        .MapPost("/{couponId:long}/grants", (
            long couponId, GrantCouponsRequest body, IdempotentSender commands, CancellationToken ct) =>
            commands.OkAsync(new GrantCoupons(couponId, body.UserIds), ct))
        .WithName(nameof(GrantCoupons))
        .WithSummary("Gives a coupon to named users")
        .Fails(CouponErrors.NotFound, CouponErrors.Stopped)
        .WithExample(new GrantCouponsRequest([7, 12]))
        .WithDescription(
            "1 to 1000 users, within the quantity, whatever window and issuance say. Those who can't get it are "
                + "skipped: wallet.user_not_found, coupons.already_issued, coupons.sold_out.");
}

internal sealed class GrantCouponsValidator : AbstractValidator<GrantCoupons>
{
    public GrantCouponsValidator()
    {
        RuleFor(command => command.UserIds).NotNull();
        RuleFor(command => command.UserIds.Count).InclusiveBetween(1, GrantCoupons.MaximumUsers)
            .OverridePropertyName(nameof(GrantCoupons.UserIds))
            .WithMessage($"Must have 1 to {GrantCoupons.MaximumUsers} users.")
            .When(command => command.UserIds is not null);
    }
}

internal sealed class GrantCouponsHandler(Db db, CampaignLocks locks, IWalletLocks wallets)
    : IRequestHandler<GrantCoupons, CouponGrants>
{
    public async Task<CouponGrants> Handle(GrantCoupons request, CancellationToken cancellationToken)
    {
        var locked = locks.Lock([.. request.UserIds.Select(user => (request.CouponId, user))]);
        var users = wallets.Read(request.UserIds);
        await db.FlushAsync(cancellationToken);
        if (locked.FindError(request.CouponId) is { } error)
            throw new ErrorException(error);

        var skipped = new List<SkippedUser>();
        foreach (var user in request.UserIds)
        {
            var refusal = users.Has(user)
                ? locked.Grant(request.CouponId, user)
                : WalletErrors.UserNotFound.Of(user);
            if (refusal is not null)
                skipped.Add(new SkippedUser(user, refusal.Code));
        }

        locks.Write(locked);
        return new CouponGrants(request.UserIds.Count - skipped.Count, skipped);
    }
}
