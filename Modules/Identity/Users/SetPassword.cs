using System.Security.Cryptography;
using Shop.Identity.Sessions;
using Shop.Wallet.Contracts;

namespace Shop.Identity.Users;

/// <summary>Gives an account another password without asking for the old one, and ends its sessions.</summary>
/// <param name="PasswordHash">Made before the command is sent: a transaction should not wait for it.</param>
internal sealed record SetPassword(long UserId, string PasswordHash) : ICommand<Unit>;

internal sealed class SetPasswordHandler(Db db) : IRequestHandler<SetPassword, Unit>
{
    // Refresh tokens carry the stamp: those that a sign-in under way still gets end with it.
    private const string UpdatePassword = """
        update identity.users set password_hash = @PasswordHash, security_stamp = @stamp
        where user_id = @UserId and status <> 'ERASED'
        """;

    public async Task<Unit> Handle(SetPassword request, CancellationToken cancellationToken)
    {
        var stamp = RandomNumberGenerator.GetHexString(32);
        var set = await db.ExecuteAsync(
            UpdatePassword, new { request.UserId, request.PasswordHash, stamp }, cancellationToken);
        if (set == 0)
            throw new ErrorException(WalletErrors.UserNotFound.Of(request.UserId));
        db.QueueEndOfSessions(request.UserId);
        return Unit.Value;
    }
}
