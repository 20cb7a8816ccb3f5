using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Shop.BuildingBlocks.Http;

/// <summary>
/// On an endpoint that waits for a limiter of its own: the overload limiter leaves it out, so that its waiting holds no
/// permit of other requests. The request timeout stays.
/// </summary>
/// <param name="when">Which of the endpoint's requests; null for all.</param>
public sealed class HasOwnLimit(Func<HttpRequest, bool>? when)
{
    public bool Covers(HttpRequest request) => when is null || when(request);
}

public static class OwnLimits
{
    /// <summary>
    /// Exempts an endpoint from the overload limiter. Its handler must take a permit of a bounded limiter before it
    /// uses the database.
    /// </summary>
    /// <param name="when">Which of the endpoint's requests; null for all.</param>
    public static TBuilder WithOwnLimit<TBuilder>(this TBuilder endpoint, Func<HttpRequest, bool>? when = null)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new HasOwnLimit(when));
}
