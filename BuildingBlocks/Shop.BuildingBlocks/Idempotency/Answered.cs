using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Shop.BuildingBlocks.Http;

namespace Shop.BuildingBlocks.Idempotency;

/// <summary>An answer that goes out for the first time or once more.</summary>
/// <typeparam name="TAnswer">What it looks like to clients; the API document reads it.</typeparam>
public sealed class Answered<TAnswer> : IResult, IEndpointMetadataProvider where TAnswer : IResult, IEndpointMetadataProvider
{
    private readonly IResult answer;

    internal Answered(IResult answer) => this.answer = answer;

    public Task ExecuteAsync(HttpContext httpContext) => answer.ExecuteAsync(httpContext);

    static void IEndpointMetadataProvider.PopulateMetadata(MethodInfo method, EndpointBuilder builder)
    {
        TAnswer.PopulateMetadata(method, builder);
        builder.Metadata.Add(new HonoursIdempotencyKey());
    }
}
