using Microsoft.AspNetCore.Builder;

namespace Shop.BuildingBlocks.Http;

/// <summary>
/// On an endpoint: customers do this all day. An API key with <c>users:act-for</c> that does it for them leaves no
/// activity; an order says who placed it.
/// </summary>
public sealed record EverydayOperation;

public static class EverydayOperations
{
    /// <inheritdoc cref="EverydayOperation"/>
    public static TBuilder IsEveryday<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new EverydayOperation());
}
