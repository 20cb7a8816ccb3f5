using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shop.BuildingBlocks.Outbox;

/// <summary>A row of an outbox, or of its failures.</summary>
/// <param name="Payload">JSON in UTF-8.</param>
internal sealed record OutboxRow(
    long Id,
    Guid EventId,
    string Type,
    string OrderingKey,
    byte[] Payload,
    string? TraceParent,
    DateTimeOffset OccurredAt);

/// <summary>A row and the event read from it, or the reason why it can't be read.</summary>
internal sealed class Message
{
    private readonly IDomainEvent? happened;

    public Message(OutboxRow row, Type type)
    {
        Row = row;
        Type = type;
        try
        {
            happened = EventJson.Read(row.Payload, type);
        }
        catch (JsonException error)
        {
            Unreadable = error;
        }
    }

    public OutboxRow Row { get; }

    public Type Type { get; }

    public Exception? Unreadable { get; }

    public Guid EventId => Row.EventId;

    public DateTimeOffset OccurredAt => Row.OccurredAt;

    public IDomainEvent Event =>
        happened ?? throw new InvalidOperationException("The event can't be read.", Unreadable);
}

/// <summary>
/// How events are written down: the web's JSON, with enums by name, so that a payload outlasts their reordering.
/// </summary>
internal static class EventJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseUpper, allowIntegerValues: false) },
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    public static byte[] Write(IDomainEvent happened) =>
        JsonSerializer.SerializeToUtf8Bytes(happened, happened.GetType(), Options);

    /// <exception cref="JsonException">The text is no such event.</exception>
    public static IDomainEvent Read(byte[] payload, Type type) =>
        (IDomainEvent?)JsonSerializer.Deserialize(payload, type, Options)
            ?? throw new JsonException("The event is null.");
}
