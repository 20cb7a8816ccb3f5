using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Shop.Identity.Contracts;
using Shop.Identity.Sessions;
using Shop.Wallet.Contracts;

namespace Shop.Identity.Users;

/// <summary>
/// Not a command itself: two hashes are worked out before the transaction of <see cref="ReplacePassword"/> is open.
/// </summary>
internal sealed record ChangePassword(long UserId, string CurrentPassword, string NewPassword, ClientNetwork Network)
    : IRequest<Unit>;

internal sealed record ChangePasswordRequest(
    [property: JsonConverter(typeof(PasswordConverter)), MaxLength(AccountRules.MaxPasswordLength)]
    string CurrentPassword,
    [property: JsonConverter(typeof(PasswordConverter)), MaxLength(AccountRules.MaxPasswordLength)] string NewPassword);

internal static class ChangePasswordEndpoint
{
    public static void MapChangePassword(this IEndpointRouteBuilder user) => user
        .MapPut("/password", async (
            long userId, ChangePasswordRequest body, ClientNetwork network, IMediator mediator, CancellationToken ct) =>
        {
            await mediator.Send(new ChangePassword(userId, body.CurrentPassword, body.NewPassword, network), ct);
            return TypedResults.NoContent();
        })
        .RequireAuthorization(Policies.Owner)
        .RequireRateLimiting(RateLimits.SignIn)
        .WithOwnLimit()
        .WithName(nameof(ChangePassword))
        .WithSummary("Changes a password and ends every refresh token of the user")
        .Fails(IdentityErrors.InvalidCredentials, IdentityErrors.LockedOut, WalletErrors.UserNotFound)
        .WithExample(new ChangePasswordRequest("correct horse", "battery staple"))
        .WithDescription(
            "The new password has 8 to 128 characters and is none of the 10,000 most common ones. A wrong current " +
            "password counts as a failed sign-in.");
}

internal sealed class ChangePasswordValidator : AbstractValidator<ChangePassword>
{
    public ChangePasswordValidator()
    {
        RuleFor(request => request.CurrentPassword).IsGivenPassword();
        RuleFor(request => request.NewPassword).IsNewPassword();
    }
}

internal sealed class ChangePasswordHandler(PasswordAttempts attempts, Passwords passwords, IMediator mediator)
    : IRequestHandler<ChangePassword, Unit>
{
    public async Task<Unit> Handle(ChangePassword request, CancellationToken cancellationToken)
    {
        var (userId, currentPassword, newPassword, network) = request;
        var user = await attempts.FindAsync(userId, network, cancellationToken);
        return await attempts.CheckAsync(user, currentPassword, network, ReplaceAsync, cancellationToken);

        async Task<Unit> ReplaceAsync()
        {
            var hash = await passwords.HashAsync(newPassword, cancellationToken);
            return await mediator.Send(new ReplacePassword(user, hash, network), cancellationToken);
        }
    }
}

/// <param name="User">As it was when its current password was checked.</param>
internal sealed record ReplacePassword(User User, string PasswordHash, ClientNetwork Network) : ICommand<Unit>;

internal sealed class ReplacePasswordHandler(Db db, Lockout lockout) : IRequestHandler<ReplacePassword, Unit>
{
    // The stamp decides between two changes at the same time: the password that the second one checked is no longer the
    // current one.
    private const string UpdatePassword = """
        update identity.users set password_hash = @hash, security_stamp = @newStamp
        where user_id = @userId and security_stamp = @stamp
        """;

    public async Task<Unit> Handle(ReplacePassword request, CancellationToken cancellationToken)
    {
        var user = request.User;
        var newStamp = RandomNumberGenerator.GetHexString(32);
        var changed = await db.ExecuteAsync(
            UpdatePassword,
            new { user.UserId, hash = request.PasswordHash, newStamp, stamp = user.SecurityStamp },
            cancellationToken);
        if (changed == 0)
            throw new ErrorException(IdentityErrors.InvalidCredentials.Of());
        db.QueueEndOfSessions(user.UserId);
        lockout.QueueClear(user.NormalizedEmail!, request.Network);
        return Unit.Value;
    }
}
