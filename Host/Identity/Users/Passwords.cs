using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using Shop.BuildingBlocks.Pipeline;

namespace Shop.Host.Identity.Users;

/// <summary>Hashes and checks passwords, always outside a transaction: it takes tens of milliseconds of processor time.</summary>
internal sealed class Passwords(IPasswordHasher<User> hasher)
{
    // The hasher takes the account for implementations that look at it; ours does not.
    private static readonly User Nobody = new() { Email = "", Name = "", Role = User.CustomerRole };

    private readonly string decoy = hasher.HashPassword(Nobody, RandomNumberGenerator.GetHexString(32));

    public string Hash(string password) => hasher.HashPassword(Nobody, password);

    /// <summary>
    /// Whether the password is the account's. Where there is no account, or none with a password, the answer takes as long: the time must not tell
    /// who is a customer.
    /// </summary>
    public bool Match(User? user, string password)
    {
        var result = hasher.VerifyHashedPassword(Nobody, user?.PasswordHash ?? decoy, password);
        return user?.PasswordHash is not null && result != PasswordVerificationResult.Failed;
    }

    /// <summary>One refusal for every reason, so that it gives none away.</summary>
    public static Refused InvalidCredentials() =>
        new("identity.invalid_credentials", "The credentials are not valid.", StatusCodes.Status401Unauthorized);
}
