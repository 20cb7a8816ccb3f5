using System.Diagnostics;

namespace Shop.BuildingBlocks;

public static class Telemetry
{
    /// <summary>The source of the shop's own spans: commands, queries, event handlers, workers.</summary>
    public static readonly ActivitySource Source = new("Shop");
}
