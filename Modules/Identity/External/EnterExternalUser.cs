using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Identity;
using Shop.Identity.Contracts;
using Shop.Identity.Sessions;
using Shop.Identity.Users;
using Shop.Wallet.Contracts;

namespace Shop.Identity.External;

/// <summary>
/// The first request with an identity of the provider makes its user, or links the account of its e-mail.
/// </summary>
/// <returns>Null for a token of before the erasure of its user, or for a disabled account.</returns>
internal sealed record EnterExternalUser(ExternalToken Token) : ICommand<ExternalUser?>;

/// <returns>Null for an identity that has not come yet.</returns>
internal sealed record FindExternalUser(string Issuer, string Subject) : IQuery<ExternalUser?>;

/// <param name="EndedAt">When all sessions of the user were last ended.</param>
/// <param name="TokensFrom">Tokens that were issued before are refused.</param>
internal sealed record ExternalUser(long UserId, bool IsActive, DateTimeOffset? EndedAt, DateTimeOffset? TokensFrom);

internal sealed class FindExternalUserHandler(Db db) : IRequestHandler<FindExternalUser, ExternalUser?>
{
    internal const string SelectUser = """
        select u.user_id, u.status = 'ACTIVE' as is_active, u.sessions_ended_at as ended_at,
            case when u.sessions_ended_at > i.linked_at then u.sessions_ended_at end as tokens_from
        from identity.external_identities i join identity.users u on u.user_id = i.user_id
        where i.issuer = @Issuer and i.subject = @Subject
        """;

    public Task<ExternalUser?> Handle(FindExternalUser request, CancellationToken cancellationToken) =>
        db.QuerySingleOrDefaultAsync<ExternalUser>(SelectUser, request, cancellationToken);
}

internal sealed class EnterExternalUserHandler(Db db, UserManager<User> users, IMediator mediator)
    : IRequestHandler<EnterExternalUser, ExternalUser?>
{
    // Of two first requests the second waits, and finds what the first has made.
    private static readonly LockStatement LockIdentity = new(
        LockOrder.UserCount,
        "identity.external_identities",
        "select k, pg_advisory_xact_lock(hashtextextended(@scope || k, 0)) from unnest(@keys) as k",
        "select k from unnest(@keys) as k");

    private const string WasEnded = """
        select exists (
            select from identity.ended_identities where identity_hash = @hash and ended_at >= @IssuedAt)
        """;

    private const string LockAccount = """
        select user_id, role, status from identity.users where normalized_email = @NormalizedEmail for update
        """;

    // The address may have been registered before its owner came: the earlier credentials are gone.
    private const string RemovePassword = """
        update identity.users set password_hash = null, security_stamp = @stamp where user_id = @userId
        """;

    private const string RemoveUnverified =
        "delete from identity.external_identities where user_id = @userId and not email_verified";

    private const string InsertIdentity = """
        insert into identity.external_identities (issuer, subject, user_id, email_verified, linked_at)
        select @issuer, @subject, user_id, @verified, greatest((select shop.now()), sessions_ended_at)
        from identity.users where user_id = @userId
        """;

    private sealed record Account(long UserId, string Role, string Status);

    /// <summary>The remains of an identity whose user was erased.</summary>
    internal static byte[] HashOf(string issuer, string subject) =>
        SHA256.HashData(Encoding.UTF8.GetBytes($"{issuer}\n{subject}"));

    public async Task<ExternalUser?> Handle(EnterExternalUser request, CancellationToken cancellationToken)
    {
        var token = request.Token;
        db.QueueLock(LockIdentity, [$"{token.Issuer}\n{token.Subject}"], _ => { }, ("scope", "identity.external "));
        await db.FlushAsync(cancellationToken);
        if (await FindAsync(token, cancellationToken) is { } found)
            return found;
        var hash = HashOf(token.Issuer, token.Subject);
        if (await db.QuerySingleAsync<bool>(WasEnded, new { hash, token.IssuedAt }, cancellationToken))
            return null;
        if (await MakeOrLinkAsync(token, cancellationToken) is not { } userId)
            return null;
        db.Queue(
            InsertIdentity,
            ("issuer", token.Issuer),
            ("subject", token.Subject),
            ("userId", userId),
            ("verified", token.EmailIsVerified));
        await db.FlushAsync(cancellationToken);
        return await FindAsync(token, cancellationToken);
    }

    private Task<ExternalUser?> FindAsync(ExternalToken token, CancellationToken ct) =>
        db.QuerySingleOrDefaultAsync<ExternalUser>(FindExternalUserHandler.SelectUser, token, ct);

    private async Task<long?> MakeOrLinkAsync(ExternalToken token, CancellationToken ct)
    {
        if (token is not { Email: { } email, Name: { } name })
            throw new ErrorException(IdentityErrors.ExternalProfile.Of());
        var user = new User { Email = email, Name = name, Role = User.CustomerRole };
        if (!(await users.CreateAsync(user)).Succeeded)
            return await LinkAsync(token, user, ct);
        await mediator.Send(new OpenWallet(user.UserId), ct);
        return user.UserId;
    }

    private async Task<long?> LinkAsync(ExternalToken token, User user, CancellationToken ct)
    {
        var account = await db.QuerySingleOrDefaultAsync<Account>(LockAccount, new { user.NormalizedEmail }, ct)
            // It was erased meanwhile.
            ?? throw new ErrorException(CommandErrors.Busy());
        if (!token.EmailIsVerified || account.Role != User.CustomerRole)
            throw new ErrorException(IdentityErrors.EmailUnverified.Of());
        if (account.Status != EnumNames.Of(UserStatus.Active))
            return null;
        var userId = account.UserId;
        db.Queue(RemovePassword, ("userId", userId), ("stamp", RandomNumberGenerator.GetHexString(32)));
        db.Queue(RemoveUnverified, ("userId", userId));
        db.QueueEndOfSessions(userId);
        return userId;
    }
}
