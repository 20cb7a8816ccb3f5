using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shop.BuildingBlocks.Http;

/// <summary>
/// Strings of a body become canonical (<see cref="CanonicalText.Of"/>) before anything else reads them.
/// </summary>
internal sealed class TextConverter : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        TextReading.Convert(reader.GetString(), CanonicalText.Of);

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value);
}

/// <summary>For a password: NFC, and not trimmed (NIST SP 800-63B, 5.1.1.2).</summary>
public sealed class PasswordConverter : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        TextReading.Convert(reader.GetString(), CanonicalText.Composed);

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value);
}

public static class TextReading
{
    /// <exception cref="JsonException">The text has no canonical form.</exception>
    public static string? Convert(string? text, Func<string, string> convert)
    {
        try
        {
            return text is null ? null : convert(text);
        }
        catch (FormatException invalid)
        {
            throw new JsonException(null, invalid);
        }
    }
}
