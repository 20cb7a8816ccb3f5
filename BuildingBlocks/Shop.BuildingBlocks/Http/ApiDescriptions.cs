using Microsoft.AspNetCore.Builder;
using Shop.BuildingBlocks.Idempotency;

namespace Shop.BuildingBlocks.Http;

/// <summary>
/// Metadata of an endpoint for the API document, beyond its signature. Tests hold real answers to it.
/// </summary>
public static class ApiDescriptions
{
    /// <summary>The errors that the endpoint can end with, besides those of all endpoints.</summary>
    public static TBuilder Fails<TBuilder>(this TBuilder endpoint, params IReadOnlyList<ErrorKind> errors)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata([.. errors]);

    /// <summary>A body as a client would send it.</summary>
    public static TBuilder WithExample<TBuilder>(
        this TBuilder endpoint, object body) where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new BodyExample(body));
}

/// <param name="Body">Of the endpoint's own type, or with its members; a null is left out.</param>
public sealed record BodyExample(object Body);

/// <summary>On an endpoint that keeps its answer under an Idempotency-Key.</summary>
public sealed class HonoursIdempotencyKey
{
    public const string Header = IdempotencyKey.Header;
}

/// <summary>On a query parameter: the names it takes (<see cref="EnumQuery"/>).</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class OneOfAttribute(Type type) : Attribute
{
    public IReadOnlyList<string> Names { get; } = [.. EnumNames.All(type)];
}
