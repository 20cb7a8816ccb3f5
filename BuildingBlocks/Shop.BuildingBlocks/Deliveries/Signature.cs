using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Shop.BuildingBlocks.Deliveries;

/// <summary>
/// How the receiver knows that a delivery is ours and unchanged: the Standard Webhooks convention
/// (standardwebhooks.com), HMAC-SHA256 over <c>id.timestamp.body</c>.
/// </summary>
/// <param name="keys">One, or while a secret is being changed two: a signature by each.</param>
public sealed class Signature(params IReadOnlyList<byte[]> keys)
{
    /// <summary>The least that Standard Webhooks allows: 192 bits.</summary>
    public const int MinKeyBytes = 24;

    private const string SecretPrefix = "whsec_";

    /// <returns>
    /// The headers of one attempt. The id is the same on every one; the time is that of its claim, for receivers that
    /// refuse old ones.
    /// </returns>
    public IEnumerable<(string Name, string Value)> Headers(
        Guid eventId, DateTimeOffset claimedAt, ReadOnlySpan<byte> body)
    {
        var id = eventId.ToString();
        var timestamp = claimedAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return [("webhook-id", id), ("webhook-timestamp", timestamp), ("webhook-signature", Of(id, timestamp, body))];
    }

    public string Of(string id, string timestamp, ReadOnlySpan<byte> body)
    {
        byte[] signed = [.. Encoding.ASCII.GetBytes($"{id}.{timestamp}."), .. body];
        return string.Join(' ', keys.Select(key => $"v1,{Convert.ToBase64String(HMACSHA256.HashData(key, signed))}"));
    }

    /// <summary>A new secret of 256 random bits.</summary>
    public static string NewSecret() => SecretPrefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    public static bool TryReadKey(string? secret, out byte[] key)
    {
        key = [];
        if (secret is null || !secret.StartsWith(SecretPrefix, StringComparison.Ordinal))
            return false;
        var encoded = secret.AsSpan(SecretPrefix.Length);
        var decoded = new byte[encoded.Length];
        if (!Convert.TryFromBase64Chars(encoded, decoded, out var length) || length == 0)
            return false;
        key = decoded[..length];
        return true;
    }
}
