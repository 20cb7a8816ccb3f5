using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Shop.Identity.Access;
using Shop.Identity.Contracts;
using Shop.Identity.Sessions;
using Shop.Identity.Users;

namespace Shop.Identity.PasswordResets;

/// <summary>
/// Not a command itself: the password is hashed before the transaction of <see cref="UseResetToken"/> is open.
/// </summary>
internal sealed record ResetPassword(string Token, string NewPassword, ClientNetwork Network) : IRequest<Unit>;

internal sealed record ResetPasswordRequest(
    [property: MaxLength(ResetToken.MaximumLength)] string Token,
    [property: JsonConverter(typeof(PasswordConverter)), MaxLength(AccountRules.MaxPasswordLength)] string NewPassword);

internal static class ResetPasswordEndpoint
{
    public static void MapResetPassword(this IEndpointRouteBuilder api) => api
        .MapPost("/password-resets", async (
            ResetPasswordRequest body, ClientNetwork network, AccessCache access, IMediator mediator,
            CancellationToken ct) =>
        {
            await mediator.Send(new ResetPassword(body.Token, body.NewPassword, network), ct);
            await access.TryRefreshAsync(ct);
            return TypedResults.NoContent();
        })
        .WithTags("Identity")
        .AllowAnonymous()
        .RequireRateLimiting(RateLimits.SignIn)
        .WithOwnLimit()
        .WithName(nameof(ResetPassword))
        .WithSummary("Sets a new password by a reset's token, and ends every session of the user")
        .Fails(IdentityErrors.InvalidToken)
        .WithExample(new ResetPasswordRequest("pbzCuDcoYFNeVxXZp6hbkWEZYtbWnA0uq2wnJKgg8mE", "battery staple"))
        .WithDescription(
            "A token is used once. The new password has 8 to 128 characters and is none of the 10,000 most common " +
            "ones.");
}

internal sealed class ResetPasswordValidator : AbstractValidator<ResetPassword>
{
    public ResetPasswordValidator()
    {
        RuleFor(request => request.Token).MaximumCharacters(ResetToken.MaximumLength);
        RuleFor(request => request.NewPassword).IsNewPassword();
    }
}

internal sealed class ResetPasswordHandler(Db db, PasswordLimiter limiter, Passwords passwords, IMediator mediator)
    : IRequestHandler<ResetPassword, Unit>
{
    private const string SelectUser = """
        select user_id from identity.password_resets where token_hash = @hash and expires_at > (select shop.now())
        """;

    public async Task<Unit> Handle(ResetPassword request, CancellationToken cancellationToken)
    {
        var tokenHash = ResetToken.HashOf(request.Token);
        using var permit = await limiter.AcquireAsync(request.Network, cancellationToken);
        // No password is hashed for what is no token.
        var userId = await db.QuerySingleOrDefaultAsync<long?>(SelectUser, new { hash = tokenHash }, cancellationToken)
            ?? throw new ErrorException(IdentityErrors.InvalidToken.Of());
        var passwordHash = await passwords.HashAsync(request.NewPassword, cancellationToken);
        return await mediator.Send(
            new UseResetToken(userId, tokenHash, passwordHash, request.Network), cancellationToken);
    }
}

/// <param name="UserId">Of the token, when it was looked up.</param>
internal sealed record UseResetToken(long UserId, byte[] TokenHash, string PasswordHash, ClientNetwork Network)
    : ICommand<Unit>;

internal sealed class UseResetTokenHandler(Db db, Lockout lockout) : IRequestHandler<UseResetToken, Unit>
{
    private const string SelectReset = """
        select security_stamp, role, expires_at from identity.password_resets
        where user_id = @userId and token_hash = @hash
        """;

    private const string UpdatePassword = """
        update identity.users set password_hash = @hash, security_stamp = @stamp where user_id = @userId
        """;

    // The e-mail of these is not known to be their holder's; the token is brought to the account's owner.
    private const string RemoveUnverified =
        "delete from identity.external_identities where user_id = @userId and not email_verified";

    private const string DeleteReset = "delete from identity.password_resets where user_id = @userId";

    private sealed record Reset(string SecurityStamp, string Role, DateTimeOffset ExpiresAt);

    public async Task<Unit> Handle(UseResetToken request, CancellationToken cancellationToken)
    {
        // Behind the user's lock: of two at once the second finds no reset.
        LockedAccount? user = null;
        Reset? reset = null;
        LockedAccount.QueueLock(db, request.UserId, account => user = account);
        db.QueueRead(
            SelectReset,
            row => reset = new Reset(row.GetString(0), row.GetString(1), row.GetFieldValue<DateTimeOffset>(2)),
            ("userId", request.UserId),
            ("hash", request.TokenHash));
        var now = db.QueueNow();
        await db.FlushAsync(cancellationToken);
        if (user is null || reset is null || reset.ExpiresAt <= now.Value
            || (reset.SecurityStamp, reset.Role) != (user.SecurityStamp, user.Role))
            throw new ErrorException(IdentityErrors.InvalidToken.Of());

        db.QueueWrite(
            UpdatePassword,
            rows: 1,
            ("userId", user.UserId),
            ("hash", request.PasswordHash),
            ("stamp", RandomNumberGenerator.GetHexString(32)));
        db.QueueWrite(DeleteReset, rows: 1, ("userId", user.UserId));
        db.Queue(RemoveUnverified, ("userId", user.UserId));
        db.QueueEndOfSessions(user.UserId);
        lockout.QueueClear(user.NormalizedEmail, request.Network);
        return Unit.Value;
    }
}
