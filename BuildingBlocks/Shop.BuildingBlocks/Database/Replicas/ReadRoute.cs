namespace Shop.BuildingBlocks.Database.Replicas;

/// <summary>The way of a query to a replica.</summary>
/// <param name="Position">The query must see it; null: the answer may be some seconds old.</param>
public sealed record ReadRoute(LogPosition? Position)
{
    /// <summary>The way of queries that are answered together.</summary>
    internal static ReadRoute Of(IEnumerable<ReadRoute> routes) => new(
        routes.Select(route => route.Position).Aggregate(
            (one, other) => one is { } a && other is { } b ? LogPosition.Max(a, b) : one ?? other));
}

/// <summary>The log positions of a scope. Nothing is read or noted without a replica.</summary>
public sealed class ScopePositions
{
    /// <summary>The position that the caller brought, which the scope's queries must see.</summary>
    public LogPosition? Wanted { get; set; }

    /// <summary>The position behind the commit of its last command.</summary>
    public LogPosition? Reached { get; set; }
}
