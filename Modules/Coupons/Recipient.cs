using Shop.Identity.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Coupons;

/// <summary>The user that a coupon is for.</summary>
internal static class Recipient
{
    /// <summary>For a user id in a request's body.</summary>
    /// <exception cref="ErrorException">403 <c>auth.forbidden</c>, or 404 <c>wallet.user_not_found</c>.</exception>
    public static async Task MustActForExistingUserAsync(
        this Caller caller, long userId, IMediator mediator, CancellationToken ct)
    {
        caller.MustActFor(userId);
        // A caller exists: only an administrator can name a user who does not.
        if (caller.UserId != userId && !await mediator.Send(new UserExists(userId), ct))
            throw new ErrorException(WalletErrors.UserNotFound.Of(userId));
    }
}
