using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Primitives;

namespace Shop.BuildingBlocks.Idempotency;

/// <summary>A caller's key, and which request it was first seen with.</summary>
/// <param name="Caller">A user's id, or the negative number of an API key.</param>
/// <param name="Fingerprint">SHA-256 over method, address and body.</param>
internal sealed record IdempotencyKey(long Caller, string Key, byte[] Fingerprint)
{
    public const string Header = "Idempotency-Key";

    private const int MaximumLength = 255;

    /// <param name="fingerprint">That of a request that has used the key.</param>
    public bool IsOfRequest(ReadOnlySpan<byte> fingerprint) => fingerprint.SequenceEqual(Fingerprint);

    /// <returns>False where the header is not one key of 1 to 255 visible ASCII characters.</returns>
    public static bool TryRead(StringValues header, [NotNullWhen(true)] out string? key)
    {
        key = header.Count == 1 ? header[0] : null;
        return key is { Length: >= 1 and <= MaximumLength } && !key.AsSpan().ContainsAnyExceptInRange('!', '~');
    }
}
