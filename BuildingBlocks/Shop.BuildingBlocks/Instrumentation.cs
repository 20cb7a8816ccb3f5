using System.Diagnostics;

namespace Shop.BuildingBlocks;

public static class Instrumentation
{
    /// <summary>The name of the shop's meter.</summary>
    public const string MeterName = "Shop";

    /// <summary>How spans and metrics call the pool; unnamed it would be the connection string.</summary>
    public const string DataSource = "shop";

    /// <summary>The source of the shop's own spans: commands, queries, event handlers, workers.</summary>
    public static readonly ActivitySource Source = new("Shop");
}
