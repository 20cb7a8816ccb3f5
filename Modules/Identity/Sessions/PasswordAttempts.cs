using Microsoft.AspNetCore.Identity;
using Shop.Identity.Contracts;
using Shop.Identity.Users;
using Shop.Wallet.Contracts;

namespace Shop.Identity.Sessions;

/// <summary>
/// Checks given passwords, always outside a transaction. An attempt counts as failed before its password is looked at;
/// one that ends without a verdict, of a timeout or a client that left, is taken back.
/// </summary>
internal sealed class PasswordAttempts(
    Lockout lockout, PasswordLimiter limiter, UserManager<User> users, Passwords passwords, SecurityLog security)
{
    /// <summary>The account of a signed-in user.</summary>
    /// <exception cref="ErrorException">404 <c>wallet.user_not_found</c>, also for an erased one.</exception>
    public async Task<User> FindAsync(long userId, ClientNetwork network, CancellationToken ct)
    {
        // Under a permit of its own: the attempt may wait for others with the same e-mail, and must hold none
        // meanwhile.
        using var permit = await limiter.AcquireAsync(network, ct);
        return await users.FindByIdAsync($"{userId}") is { NormalizedEmail: not null } user
            ? user
            : throw new ErrorException(WalletErrors.UserNotFound.Of(userId));
    }

    /// <summary>Checks the password of an account, known or not.</summary>
    /// <param name="findAsync">Is asked once the attempt is counted.</param>
    /// <param name="succeedAsync">
    /// The work behind the password, within the attempt. It ends the count; whether the hash has older parameters than
    /// today's is its second argument.
    /// </param>
    /// <exception cref="ErrorException">
    /// 401 <c>identity.invalid_credentials</c>, and those of <see cref="Lockout.BeginAttemptAsync"/>.
    /// </exception>
    public async Task<T> CheckAsync<T>(
        string normalizedEmail,
        string password,
        ClientNetwork network,
        Func<Task<User?>> findAsync,
        Func<User, bool, Task<T>> succeedAsync,
        CancellationToken ct)
    {
        using var attempt = await lockout.BeginAttemptAsync(normalizedEmail, network, ct);
        try
        {
            var user = await findAsync();
            var result = await passwords.CheckAsync(user, password, ct);
            if (result != PasswordVerificationResult.Failed)
                return await succeedAsync(user!, result == PasswordVerificationResult.SuccessRehashNeeded);
            security.SignInFailed(user, network);
            throw new ErrorException(IdentityErrors.InvalidCredentials.Of());
        }
        catch (Exception error) when (error is not ErrorException { Error.Status: StatusCodes.Status401Unauthorized })
        {
            await lockout.TakeBackAsync(attempt);
            throw;
        }
    }

    /// <summary>The same for an account that was found.</summary>
    public Task<T> CheckAsync<T>(
        User user, string password, ClientNetwork network, Func<Task<T>> succeedAsync, CancellationToken ct) =>
        CheckAsync(
            user.NormalizedEmail!, password, network, () => Task.FromResult<User?>(user), (_, _) => succeedAsync(), ct);
}
