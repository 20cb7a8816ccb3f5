using System.Diagnostics;

namespace Shop.BuildingBlocks;

public static class Telemetry
{
    /// <summary>The name of the shop's meter.</summary>
    public const string MeterName = "Shop";

    /// <summary>The source of the shop's own spans: commands, queries, event handlers, workers.</summary>
    public static readonly ActivitySource Source = new("Shop");
}
