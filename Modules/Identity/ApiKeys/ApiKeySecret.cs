using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Shop.Identity.ApiKeys;

/// <summary>The text of an API key: <c>shop_</c> and 256 random bits in base64url.</summary>
internal static class ApiKeySecret
{
    private const string Prefix = "shop_";
    private const int Bytes = 32;

    private static readonly int Length = Prefix.Length + Base64Url.GetEncodedLength(Bytes);

    public static string New() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>Whether the text is an API key by its beginning, be it a good one or not.</summary>
    public static bool IsMeant(string token) => token.StartsWith(Prefix, StringComparison.Ordinal);

    /// <returns>Null where the text can be no key.</returns>
    public static KeyHash? HashOf(string token) =>
        token.Length == Length && Base64Url.IsValid(token.AsSpan(Prefix.Length)) ? KeyHash.Of(token) : null;
}

/// <summary>The SHA-256 of a key.</summary>
internal sealed record KeyHash(UInt128 High, UInt128 Low)
{
    public static KeyHash Of(string token) => Read(SHA256.HashData(Encoding.ASCII.GetBytes(token)));

    public static KeyHash Read(ReadOnlySpan<byte> hash) => new(
        BinaryPrimitives.ReadUInt128BigEndian(hash), BinaryPrimitives.ReadUInt128BigEndian(hash[16..]));

    public byte[] ToBytes()
    {
        var bytes = new byte[SHA256.HashSizeInBytes];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt128BigEndian(bytes.AsSpan(16), Low);
        return bytes;
    }
}
