using Microsoft.AspNetCore.Builder;

namespace Shop.BuildingBlocks.Http;

/// <summary>
/// On an endpoint that waits for a limiter of its own: the overload limiter leaves it out, so that its waiting holds no
/// permit of other requests. The request timeout stays.
/// </summary>
public sealed class HasOwnLimit;

public static class OwnLimits
{
    /// <summary>
    /// Exempts an endpoint from the overload limiter. Its handler must take a permit of a bounded limiter before it
    /// uses the database.
    /// </summary>
    public static TBuilder WithOwnLimit<TBuilder>(this TBuilder endpoint) where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new HasOwnLimit());
}
