using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Metadata;

namespace Shop.BuildingBlocks.Http;

/// <summary>Answers with a thing and its ETag. A POST's answers have it by <see cref="IdempotentSender"/>.</summary>
public static class TaggedResults
{
    public static TaggedOk<T> Ok<T>(T thing) where T : ITagged => new(thing);
}

/// <summary>200 with a thing and its ETag.</summary>
public sealed class TaggedOk<T> : IResult, IEndpointMetadataProvider where T : ITagged
{
    private readonly T thing;

    internal TaggedOk(T thing) => this.thing = thing;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        EntityTag.Write(httpContext.Response, EntityTag.Of(thing));
        return TypedResults.Ok(thing).ExecuteAsync(httpContext);
    }

    static void IEndpointMetadataProvider.PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        Populate<Ok<T>>(method, builder);

    private static void Populate<TAnswer>(MethodInfo method, EndpointBuilder builder)
        where TAnswer : IEndpointMetadataProvider => TAnswer.PopulateMetadata(method, builder);
}
