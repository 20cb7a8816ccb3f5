using System.ComponentModel.DataAnnotations;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Shop.Identity.Access;
using Shop.Identity.Activities;
using Shop.Identity.Contracts;
using Shop.Identity.Sessions;
using Shop.Ordering.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Identity.Users;

/// <summary>
/// Takes everything personal from an account, for good. Its orders, ledger and coupons stay with its number.
/// </summary>
/// <param name="Stamp">Of the account when its password was checked; null where somebody else erases it.</param>
/// <param name="Permissions">Of somebody else who erases it: it can't hold one that is not among them.</param>
internal sealed record EraseUser(long UserId, string? Stamp, bool Forfeit, Permissions Permissions) : ICommand<Unit>;

internal sealed record EraseUserRequest(
    [property: JsonConverter(typeof(PasswordConverter)), MaxLength(AccountRules.MaxPasswordLength)]
    string? Password = null,
    bool? Forfeit = null);

internal static class EraseUserEndpoint
{
    public static void MapEraseUser(this IEndpointRouteBuilder user) => user
        .MapPost("/erasure", async (
            long userId,
            EraseUserRequest body,
            Caller caller,
            ClaimsPrincipal principal,
            ClientNetwork network,
            AccessCache access,
            IMediator mediator,
            IdempotentSender commands,
            CancellationToken ct) =>
        {
            var stamp = caller.UserId == userId
                ? await mediator.Send(
                    new ConfirmPassword(userId, body.Password, Tokens.FindSessionId(principal) is null, network), ct)
                : null;
            var erased = await commands.NoContentAsync(
                new EraseUser(userId, stamp, body.Forfeit ?? false, caller.Permissions), ct);
            // This host knows at once, the others within seconds.
            await access.TryRefreshAsync(ct);
            return erased;
        })
        .RequireAuthorization(Policies.Owner)
        .OnlyFor(Permissions.UsersWrite)
        .RequireRateLimiting(RateLimits.SignIn)
        .WithName(nameof(EraseUser))
        .WithSummary("Erases an account: what is personal goes, the books stay with its number")
        .WithDescription(
            "The own account needs its password (one that has none, a token of the identity provider); a wrong one "
            + "counts as a failed sign-in. Without forfeit the wallet must be empty.")
        .Fails(
            WalletErrors.UserNotFound,
            IdentityErrors.InvalidCredentials,
            IdentityErrors.LockedOut,
            IdentityErrors.LastAdmin,
            IdentityErrors.HasOpenOrders,
            IdentityErrors.HasBalance)
        .WithExample(new EraseUserRequest("correct horse", Forfeit: true));
}

internal sealed class EraseUserHandler(Db db, IMediator mediator) : IRequestHandler<EraseUser, Unit>
{
    // Tokens of the identity provider that were issued before make no new user.
    private const string NoteIdentities = """
        insert into identity.ended_identities (identity_hash, ended_at)
        select sha256(convert_to(issuer || E'\n' || subject, 'UTF8')), (select shop.now())
        from identity.external_identities where user_id = @userId
        on conflict (identity_hash) do update set ended_at = excluded.ended_at
        """;

    private const string Erase = """
        update identity.users set email = null, normalized_email = null, name = null, password_hash = null,
            role = 'CUSTOMER', status = 'ERASED', security_stamp = @stamp
        where user_id = @userId
        """;

    private static readonly string[] DeleteTraces =
    [
        "delete from identity.external_identities where user_id = @userId",
        "delete from identity.password_resets where user_id = @userId",
        "delete from identity.sign_in_networks where user_id = @userId",
        "delete from identity.sign_in_attempts where normalized_email = @email",
        "delete from identity.sign_in_failures where normalized_email = @email",
    ];

    /// <exception cref="ErrorException">404, 401, 403 or 409: nothing was done.</exception>
    public async Task<Unit> Handle(EraseUser request, CancellationToken cancellationToken)
    {
        var hasOpenOrders = await mediator.Send(new LockOpenOrders(request.UserId), cancellationToken);
        var email = await LockAsync(request, cancellationToken);
        if (hasOpenOrders)
            throw new ErrorException(IdentityErrors.HasOpenOrders.Of());
        QueueErasure(request.UserId, email);
        await db.FlushAsync(cancellationToken);
        await mediator.Send(new EraseCart(request.UserId), cancellationToken);
        if (!await mediator.Send(new CloseWallet(request.UserId, request.Forfeit), cancellationToken))
            throw new ErrorException(IdentityErrors.HasBalance.Of());
        return Unit.Value;
    }

    /// <returns>The account's normalized e-mail.</returns>
    private async Task<string> LockAsync(EraseUser request, CancellationToken ct)
    {
        var locked = await db.QueryAsync<LockedUser>(LockedUser.Select, new { request.UserId }, ct);
        if (locked.SingleOrDefault(user => user.UserId == request.UserId) is not { NormalizedEmail: { } email } user)
            throw new ErrorException(WalletErrors.UserNotFound.Of(request.UserId));
        if (request.Stamp is null)
            request.Permissions.MustCover(user.Permissions);
        if (request.Stamp is { } stamp && stamp != user.SecurityStamp)
            throw new ErrorException(IdentityErrors.InvalidCredentials.Of());
        if (user.IsActiveAdmin && locked.Count(other => other.IsActiveAdmin) == 1)
            throw new ErrorException(IdentityErrors.LastAdmin.Of());
        return email;
    }

    private void QueueErasure(long userId, string email)
    {
        db.Queue(NoteIdentities, ("userId", userId));
        db.QueueWrite(Erase, rows: 1, ("userId", userId), ("stamp", RandomNumberGenerator.GetHexString(32)));
        db.QueueEndOfSessions(userId);
        ActivityLog.QueueBlankAddresses(db, userId);
        foreach (var delete in DeleteTraces)
            db.Queue(
                delete, delete.Contains("@email", StringComparison.Ordinal) ? ("email", email) : ("userId", userId));
    }
}
