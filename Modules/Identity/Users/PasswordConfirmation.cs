using Shop.Identity.Sessions;

namespace Shop.Identity.Users;

/// <summary>
/// Checks the password of the own account before what can't be undone. Not a command itself: a hash is worked out
/// before a transaction is open.
/// </summary>
/// <param name="IsExternal">
/// Whether the caller has a token of the identity provider, which an account without a password needs.
/// </param>
/// <returns>The account's security stamp. The caller's command compares it behind the account's lock.</returns>
internal sealed record ConfirmPassword(long UserId, string? Password, bool IsExternal, ClientNetwork Network)
    : IRequest<string>;

internal sealed class ConfirmPasswordHandler(PasswordAttempts attempts, IMediator mediator)
    : IRequestHandler<ConfirmPassword, string>
{
    public async Task<string> Handle(ConfirmPassword request, CancellationToken cancellationToken)
    {
        var (userId, password, isExternal, network) = request;
        var user = await attempts.FindAsync(userId, network, cancellationToken);
        if (user.PasswordHash is null && isExternal)
            return user.SecurityStamp;
        if (TextLength.Of(password ?? "") is < 1 or > AccountRules.MaxPasswordLength)
            throw Invalid.Field("password", $"Must have 1 to {AccountRules.MaxPasswordLength} characters.");
        await attempts.CheckAsync(
            user, password!, network,
            () => mediator.Send(new ClearAttempts(user.NormalizedEmail!, network), cancellationToken),
            cancellationToken);
        return user.SecurityStamp;
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
