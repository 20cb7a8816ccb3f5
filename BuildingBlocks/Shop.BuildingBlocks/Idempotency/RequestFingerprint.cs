using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Shop.BuildingBlocks.Idempotency;

/// <summary>
/// Tells one request from another: the method, the address and the body, whose members may stand in any order and with any white space between.
/// </summary>
internal static class RequestFingerprint
{
    /// <returns>32 bytes.</returns>
    public static byte[] Of(string method, string address, ReadOnlyMemory<byte> body)
    {
        var content = new ArrayBufferWriter<byte>(body.Length + 128);
        Encoding.UTF8.GetBytes($"{method} {address}\n", content);
        if (!TryWriteCanonical(body, content))
            content.Write(body.Span);
        return SHA256.HashData(content.WrittenSpan);
    }

    // What is no JSON is refused later, or not looked at: its bytes stand for themselves.
    private static bool TryWriteCanonical(ReadOnlyMemory<byte> body, ArrayBufferWriter<byte> content)
    {
        var reader = new Utf8JsonReader(body.Span);
        try
        {
            if (!JsonDocument.TryParseValue(ref reader, out var document))
                return false;
            using var writer = new Utf8JsonWriter(content);
            using (document)
                Write(document.RootElement, writer);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static void Write(JsonElement element, Utf8JsonWriter writer)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in element.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(member.Name);
                    Write(member.Value, writer);
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
}
