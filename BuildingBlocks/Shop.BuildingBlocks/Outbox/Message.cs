using System.Text.Json;
using System.Text.Json.Serialization;
using Shop.Messages;

namespace Shop.BuildingBlocks.Outbox;

/// <summary>A row of an outbox, or of its failures, and the event read from it.</summary>
internal sealed record OutboxRow(
    long Id, Guid EventId, string Type, string OrderingKey, string Payload, string? TraceParent, DateTimeOffset OccurredAt);

internal sealed record Message(OutboxRow Row, IDomainEvent Event)
{
    public Guid EventId => Row.EventId;

    public DateTimeOffset OccurredAt => Row.OccurredAt;
}

/// <summary>How events are written down: the web's JSON, with enums by name so that a payload reads well and survives a reordering.</summary>
internal static class EventJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseUpper, allowIntegerValues: false) },
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    public static string Write(IDomainEvent happened) => JsonSerializer.Serialize(happened, happened.GetType(), Options);

    public static IDomainEvent Read(string payload, Type type) => (IDomainEvent)JsonSerializer.Deserialize(payload, type, Options)!;
}
