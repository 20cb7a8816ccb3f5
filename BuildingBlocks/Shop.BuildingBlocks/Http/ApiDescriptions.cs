using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Shop.BuildingBlocks.Idempotency;

namespace Shop.BuildingBlocks.Http;

/// <summary>What an endpoint says of itself for the API document where its signature does not. Tests hold real answers to it.</summary>
public static class ApiDescriptions
{
    /// <summary>The errors that the endpoint can end with, besides those of all endpoints.</summary>
    public static TBuilder Fails<TBuilder>(this TBuilder endpoint, params ErrorKind[] errors)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata([.. errors]);

    /// <summary>The codes of the endpoint's own refusals: 404 where one ends with <c>not_found</c>, otherwise 409.</summary>
    public static TBuilder Refuses<TBuilder>(this TBuilder endpoint, params string[] codes) where TBuilder : IEndpointConventionBuilder
    {
        foreach (var code in codes)
            endpoint.Refuses(code.EndsWith("not_found", StringComparison.Ordinal) ? StatusCodes.Status404NotFound : StatusCodes.Status409Conflict, code);
        return endpoint;
    }

    /// <summary>A refusal with another status.</summary>
    public static TBuilder Refuses<TBuilder>(this TBuilder endpoint, int status, string code) where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new Refusal(status, code));

    /// <summary>A body as a client would send it.</summary>
    public static TBuilder WithExample<TBuilder>(this TBuilder endpoint, object body) where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new BodyExample(body));
}

/// <summary>An answer other than success, as the API document has it.</summary>
public sealed record Refusal(int Status, string Code);

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
