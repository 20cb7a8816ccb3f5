using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Shop.BuildingBlocks.Http;

/// <summary>
/// Tells one request from another: the method, the address and the body, whose members may stand in any order and with
/// any white space between. Passwords are left out: a fingerprint is kept for a day, and is no slow hash. The endpoint
/// has checked them before its command is sent.
/// </summary>
internal static class RequestFingerprint
{
    /// <returns>32 bytes.</returns>
    public static byte[] Of(string method, string address, ReadOnlySequence<byte> body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{method} {address}\n"));
        var text = WithoutByteOrderMark(body);
        foreach (var segment in TryWriteCanonical(text) ?? text)
            hash.AppendData(segment.Span);
        return hash.GetHashAndReset();
    }

    /// <param name="file">The hash of a body that is a file: its bytes are compared.</param>
    /// <returns>32 bytes.</returns>
    public static byte[] Of(string method, string address, ReadOnlyMemory<byte> file) =>
        SHA256.HashData([.. Encoding.UTF8.GetBytes($"{method} {address}\n"), .. file.Span]);

    // Of JSON it is no part (RFC 8259, 8.1), and the endpoint ignores it too.
    private static ReadOnlySequence<byte> WithoutByteOrderMark(ReadOnlySequence<byte> body)
    {
        var reader = new SequenceReader<byte>(body);
        return reader.IsNext(Encoding.UTF8.Preamble, advancePast: true) ? reader.UnreadSequence : body;
    }

    // A body that is no JSON, or not all text, is refused or ignored later: its bytes are the fingerprint.
    private static ReadOnlySequence<byte>? TryWriteCanonical(ReadOnlySequence<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var content = new ArrayBufferWriter<byte>((int)body.Length + 1);
            using (var writer = new Utf8JsonWriter(content))
                Write(document.RootElement, writer);
            return new ReadOnlySequence<byte>(content.WrittenMemory);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static void Write(JsonElement element, Utf8JsonWriter writer)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var (name, value) in SortedMembers(element))
                {
                    writer.WritePropertyName(name);
                    Write(value, writer);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in element.EnumerateArray())
                    Write(item, writer);
                writer.WriteEndArray();
                break;
            default:
                element.WriteTo(writer);
                break;
        }
    }

    private static List<(string Name, JsonElement Value)> SortedMembers(JsonElement element)
    {
        var members = new List<(string Name, JsonElement Value)>(element.GetPropertyCount());
        foreach (var member in element.EnumerateObject())
        {
            if (!SecretMembers.IsPassword(member.Name))
                members.Add((member.Name, member.Value));
        }

        members.Sort(static (one, other) => string.CompareOrdinal(one.Name, other.Name));
        return members;
    }
}
