using Microsoft.AspNetCore.Identity;
using Shop.Identity.Contracts;
using Shop.Identity.Sessions;
using Shop.Wallet.Contracts;

namespace Shop.Identity.Users;

/// <summary>
/// Checks the password of the own account before what can't be undone. Not a command itself: a hash is worked out
/// before a transaction is open.
/// </summary>
/// <param name="IsExternal">Whether the caller has a token of the identity provider, which an account without a password needs.</param>
/// <returns>The account's security stamp. The caller's command compares it behind the account's lock.</returns>
internal sealed record ConfirmPassword(long UserId, string? Password, bool IsExternal, ClientNetwork Network)
    : IRequest<string>;

internal sealed class ConfirmPasswordHandler(
    PasswordLimiter limiter,
    Lockout lockout,
    UserManager<User> users,
    Passwords passwords,
    IMediator mediator,
    SecurityLog security)
    : IRequestHandler<ConfirmPassword, string>
{
    public async Task<string> Handle(ConfirmPassword request, CancellationToken cancellationToken)
    {
        var user = await FindAsync(request, cancellationToken);
        if (user is not { NormalizedEmail: { } email })
            throw new ErrorException(WalletErrors.UserNotFound.Of(request.UserId));
        if (user.PasswordHash is null && request.IsExternal)
            return user.SecurityStamp;
        if (TextLength.Of(request.Password ?? "") is < 1 or > AccountRules.MaxPasswordLength)
            throw Invalid.Field("password", $"Must have 1 to {AccountRules.MaxPasswordLength} characters.");
        using var attempt = await lockout.BeginAttemptAsync(email, request.Network, cancellationToken);
        if (!await passwords.MatchAsync(user, request.Password!, cancellationToken))
        {
            security.SignInFailed(user, request.Network);
            throw new ErrorException(IdentityErrors.InvalidCredentials.Of());
        }

        await mediator.Send(new ClearAttempts(email, request.Network), cancellationToken);
        return user.SecurityStamp;
    }

    // Under a permit of its own: the attempt may wait for others with the same e-mail, and must hold none meanwhile.
    private async Task<User?> FindAsync(ConfirmPassword request, CancellationToken ct)
    {
        using var permit = await limiter.AcquireAsync(request.Network, ct);
        return await users.FindByIdAsync($"{request.UserId}");
    }
}

/// <summary>The attempt succeeded, whatever becomes of what it was for.</summary>
internal sealed record ClearAttempts(string NormalizedEmail, ClientNetwork Network) : ICommand<Unit>;

internal sealed class ClearAttemptsHandler(Lockout lockout) : IRequestHandler<ClearAttempts, Unit>
{
    public Task<Unit> Handle(ClearAttempts request, CancellationToken cancellationToken)
    {
        lockout.QueueClear(request.NormalizedEmail, request.Network);
        return Unit.Task;
    }
}
