using System.Text.Json;

namespace Shop.Chaos;

/// <summary>A data platform, and what has arrived there.</summary>
internal interface IPlatform : IAsyncDisposable
{
    /// <summary>The settings with which hosts reach it.</summary>
    IReadOnlyDictionary<string, string> Settings { get; }

    /// <summary>The ways in which it can fail, by name: each breaks it.</summary>
    IReadOnlyDictionary<string, Func<Task>> Failures { get; }

    Task StartAsync();

    /// <summary>After a failure it takes deliveries again.</summary>
    Task RepairAsync();

    /// <summary>All that has arrived, in the order of its arrival there.</summary>
    IReadOnlyList<Arrival> Arrivals();
}

/// <param name="Place">Where it arrived: order is known within a place only.</param>
internal sealed record Arrival(string Place, Guid EventId, string Type, int Sequence, Guid OrderId, string Status)
{
    public static Arrival Read(string place, string envelope)
    {
        var read = JsonDocument.Parse(envelope).RootElement;
        var order = read.GetProperty("order");
        return new Arrival(
            place,
            read.GetProperty("eventId").GetGuid(),
            read.GetProperty("type").GetString()!,
            read.GetProperty("sequence").GetInt32(),
            order.GetProperty("orderId").GetGuid(), order.GetProperty("status").GetString()!);
    }
}
