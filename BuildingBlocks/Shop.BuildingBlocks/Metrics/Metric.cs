namespace Shop.BuildingBlocks.Metrics;

/// <summary>
/// A number that tells whoever runs the shop what it is busy with, read every few seconds while somebody looks.
/// </summary>
/// <param name="Name"><c>module.what-is-counted</c>.</param>
/// <param name="Query">
/// Returns a label (null where there is one number alone) and a <c>bigint</c> for each row, from the module's own
/// schema. A rate counts what has come since <c>@since</c>; <c>@sinceId</c> is the lowest UUIDv7 of that moment, for
/// tables whose ids tell the time. It must stay cheap in a shop of any size: an index, or a table that does not grow
/// with what is sold.
/// </param>
public sealed record Metric(string Name, MetricKind Kind, string Query);

public enum MetricKind
{
    /// <summary>How much there is now.</summary>
    Level,

    /// <summary>How many came within the window.</summary>
    Rate,
}
