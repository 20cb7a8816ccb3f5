using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Shop.Identity.PasswordResets;

/// <summary>The token of a password reset: 256 random bits in base64url, kept as their SHA-256.</summary>
internal static class ResetToken
{
    /// <summary>Of a token in a request: ours have 43 characters.</summary>
    public const int MaximumLength = 500;

    private const int Bytes = 32;

    public static string New() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>Of any text: the hash of another text is in no row.</summary>
    public static byte[] HashOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
