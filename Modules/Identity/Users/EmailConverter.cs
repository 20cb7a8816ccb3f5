using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shop.Identity.Users;

/// <summary>
/// An e-mail address in a body takes the form in which it is kept (<see cref="AccountRules.ToEmail"/>).
/// </summary>
internal sealed class EmailConverter : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        TextReading.Convert(reader.GetString(), AccountRules.ToEmail);

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value);
}
