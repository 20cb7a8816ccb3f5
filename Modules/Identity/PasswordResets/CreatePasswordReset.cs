using Microsoft.Extensions.Options;
using Shop.Identity.Users;
using Shop.Wallet.Contracts;

namespace Shop.Identity.PasswordResets;

/// <summary>Makes a token with which a user sets a new password. The user's older one is void.</summary>
/// <param name="Permissions">Of who asks: no user is reset who holds one that is not among them.</param>
internal sealed record CreatePasswordReset(long UserId, Permissions Permissions) : ICommand<PasswordResetCreated>;

/// <param name="Token">Shown this once.</param>
internal sealed record PasswordResetCreated(string Token, DateTimeOffset ExpiresAt);

internal static class CreatePasswordResetEndpoint
{
    public static void MapCreatePasswordReset(this IEndpointRouteBuilder users) => users
        .MapPost("/{userId:long}/password-resets", (
            long userId, Caller caller, IdempotentSender commands, CancellationToken ct) =>
            commands.CreatedOnceAsync(new CreatePasswordReset(userId, caller.Permissions), ct))
        .WithName(nameof(CreatePasswordReset))
        .WithSummary("Makes a token for a new password, which is shown this once")
        .Fails(WalletErrors.UserNotFound, IdempotencyErrors.AnswerNotKept)
        .WithDescription(
            "For the storefront to bring to the user, also to one without a password. A new token voids the user's " +
            "older one, and so do another password, role or status. No user is reset who holds a permission that " +
            "the caller lacks.");
}

internal sealed class CreatePasswordResetHandler(Db db, IOptions<PasswordResetOptions> options)
    : IRequestHandler<CreatePasswordReset, PasswordResetCreated>
{
    private const string Upsert = """
        insert into identity.password_resets (user_id, token_hash, security_stamp, role, created_at, expires_at)
        values (@userId, @hash, @stamp, @role, @now, @expiresAt)
        on conflict (user_id) do update set
            token_hash = excluded.token_hash, security_stamp = excluded.security_stamp, role = excluded.role,
            created_at = excluded.created_at, expires_at = excluded.expires_at
        """;

    public async Task<PasswordResetCreated> Handle(CreatePasswordReset request, CancellationToken cancellationToken)
    {
        LockedAccount? found = null;
        LockedAccount.QueueLock(db, request.UserId, account => found = account);
        var now = db.QueueNow();
        await db.FlushAsync(cancellationToken);
        if (found is not { } user)
            throw new ErrorException(WalletErrors.UserNotFound.Of(request.UserId));
        request.Permissions.MustCover(user.Permissions);

        var created = new PasswordResetCreated(ResetToken.New(), now.Value + options.Value.Lifetime);
        db.QueueWrite(
            Upsert,
            rows: 1,
            ("userId", user.UserId),
            ("hash", ResetToken.HashOf(created.Token)),
            ("stamp", user.SecurityStamp),
            ("role", user.Role),
            ("now", now.Value),
            ("expiresAt", created.ExpiresAt));
        return created;
    }
}
