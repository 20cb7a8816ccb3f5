using System.Text.Json;

namespace Shop.BuildingBlocks.Http;

/// <summary>Times in queries are written as in bodies: ISO 8601 with Z or an offset.</summary>
public static class TimeQuery
{
    /// <exception cref="FluentValidation.ValidationException">The value is no time, or has no offset.</exception>
    public static DateTimeOffset? Parse(string field, string? value)
    {
        if (value is null)
            return null;
        var reader = new Utf8JsonReader(JsonSerializer.SerializeToUtf8Bytes(value));
        reader.Read();
        return ShopJson.HasOffset(value) && reader.TryGetDateTimeOffset(out var time)
            ? time.ToMicroseconds()
            : throw Invalid.Field(field, "Must be a time with an offset, as 2026-11-26T09:00:00Z.");
    }
}
