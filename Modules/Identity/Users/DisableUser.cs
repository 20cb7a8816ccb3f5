using System.Security.Cryptography;
using Shop.Wallet.Contracts;

namespace Shop.Identity.Users;

/// <summary>Takes an account's sign-in away and ends its sessions. Its orders, wallet and coupons stay.</summary>
internal sealed record DisableUser(long UserId) : ICommand<Unit>;

internal sealed class DisableUserHandler(Db db) : IRequestHandler<DisableUser, Unit>
{
    // All active administrators, in one order: of two that disable each other the second waits, and sees what is left.
    private const string LockAdministrators =
        "select user_id from identity.users where role = 'ADMIN' and status = 'ACTIVE' order by user_id for update";

    private const string Disable = """
        update identity.users set status = 'DISABLED', security_stamp = @stamp
        where user_id = @UserId and status <> 'ERASED'
        """;

    private const string EndSessions = "delete from identity.sessions where user_id = @UserId";

    public async Task<Unit> Handle(DisableUser request, CancellationToken cancellationToken)
    {
        var administrators = await db.QueryAsync<long>(LockAdministrators, null, cancellationToken);
        if (administrators is [var last] && last == request.UserId)
            throw new ErrorException(new Error("identity.last_admin", "This is the last active administrator: make another one first."));

        var stamp = RandomNumberGenerator.GetHexString(32);
        if (await db.ExecuteAsync(Disable, new { request.UserId, stamp }, cancellationToken) == 0)
            throw new ErrorException(WalletErrors.UserNotFound.Of(request.UserId));
        await db.ExecuteAsync(EndSessions, new { request.UserId }, cancellationToken);
        return Unit.Value;
    }
}
