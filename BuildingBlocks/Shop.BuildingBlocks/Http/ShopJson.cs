using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;

namespace Shop.BuildingBlocks.Http;

/// <summary>JSON as the REST contract has it: strict in what it takes, nulls present in what it gives.</summary>
public static class ShopJson
{
    internal static readonly JsonSerializerOptions Web = Options();

    /// <summary>The JSON of something that leaves the shop by another way than an answer.</summary>
    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Web);

    /// <summary>The same in UTF-8.</summary>
    public static byte[] WriteBytes<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Web);

    public static void Apply(JsonSerializerOptions options)
    {
        // Korean stays readable, what could mean something to a browser is escaped.
        options.Encoder = JavaScriptEncoder.Create(UnicodeRanges.All);
        options.NumberHandling = JsonNumberHandling.Strict;
        options.AllowDuplicateProperties = false;
        options.RespectRequiredConstructorParameters = true;
        options.RespectNullableAnnotations = true;
        options.Converters.Add(new EnumConverterFactory());
        options.Converters.Add(new UtcTimeConverter());
        options.Converters.Add(new TextConverter());
    }

    private static JsonSerializerOptions Options()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        Apply(options);
        return options;
    }

    /// <summary>Without Z or an offset such as +09:00 the built-in reader takes the host's time zone.</summary>
    internal static bool HasOffset(string time) => time is [.., 'Z'] or [.., '+' or '-', _, _, ':', _, _];

    // ISO 8601 with Z, where the built-in converter writes +00:00. Cut to what PostgreSQL keeps: two times that it
    // takes for one must be one here.
    private sealed class UtcTimeConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(
            ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String
                && HasOffset(reader.GetString()!)
                && reader.TryGetDateTimeOffset(out var time)
                ? time.ToMicroseconds()
                : throw new JsonException();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.UtcDateTime);
    }

    // The name as it stands, where the built-in converter also takes other cases and lists ("FIXED, PERCENT").
    private sealed class EnumConverterFactory : JsonConverterFactory
    {
        public override bool CanConvert(Type typeToConvert) => typeToConvert.IsEnum;

        public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
            (JsonConverter)Activator.CreateInstance(typeof(EnumConverter<>).MakeGenericType(typeToConvert))!;
    }

    private sealed class EnumConverter<T> : JsonConverter<T> where T : struct, Enum
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && EnumNames.TryRead<T>(reader.GetString()!, out var value)
                ? value
                : throw new JsonException();

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            writer.WriteStringValue(EnumNames.Of(value));
    }
}
