using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;

namespace Shop.Identity.Users;

/// <summary>
/// Hashes and checks passwords, compared as NFC, always outside a transaction: it takes tens of milliseconds of
/// processor time. So many at once as <see cref="PasswordLimits.Hashes"/>; requests hold a permit of
/// <see cref="PasswordLimiter"/> meanwhile, which bounds the others that wait.
/// </summary>
internal sealed class Passwords(IPasswordHasher<User> hasher, PasswordLimits limits) : IDisposable
{
    // The hasher takes the account for implementations that look at it; ours does not.
    private static readonly User Nobody = new() { Email = "", Name = "", Role = User.CustomerRole };

    private readonly string decoy = hasher.HashPassword(Nobody, RandomNumberGenerator.GetHexString(32));
    private readonly SemaphoreSlim processors = new(limits.Hashes, limits.Hashes);

    public Task<string> HashAsync(string password, CancellationToken ct) =>
        RunAsync(() => hasher.HashPassword(Nobody, CanonicalText.Composed(password)), ct);

    /// <summary>
    /// Whether the password is the account's. Where there is no account, none with a password or none that is ACTIVE,
    /// the answer takes as long: the time must not tell which e-mails have an account.
    /// </summary>
    public async Task<bool> MatchAsync(User? user, string password, CancellationToken ct) =>
        await CheckAsync(user, password, ct) != PasswordVerificationResult.Failed;

    /// <summary>The same, and whether the hash was made with older parameters than today's.</summary>
    public async Task<PasswordVerificationResult> CheckAsync(User? user, string password, CancellationToken ct)
    {
        var (hash, composed) = (user?.PasswordHash ?? decoy, CanonicalText.Composed(password));
        var result = await RunAsync(() => hasher.VerifyHashedPassword(Nobody, hash, composed), ct);
        return user is { PasswordHash: not null, Status: UserStatus.Active }
            ? result
            : PasswordVerificationResult.Failed;
    }

    public void Dispose() => processors.Dispose();

    private async Task<T> RunAsync<T>(Func<T> work, CancellationToken ct)
    {
        await processors.WaitAsync(ct);
        try
        {
            return work();
        }
        finally
        {
            processors.Release();
        }
    }
}
