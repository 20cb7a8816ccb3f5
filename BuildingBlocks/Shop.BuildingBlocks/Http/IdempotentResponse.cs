using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Idempotency;

namespace Shop.BuildingBlocks.Http;

/// <summary>A response that goes out for the first time or once more.</summary>
/// <typeparam name="TAnswer">The body's type; the API document reads it.</typeparam>
public sealed class IdempotentResponse<TAnswer> : IResult, IEndpointMetadataProvider
    where TAnswer : IResult, IEndpointMetadataProvider
{
    private readonly IResult response;
    private readonly string? entityTag;

    /// <param name="entityTag">Of the thing in the body; null where it has none.</param>
    internal IdempotentResponse(IResult response, string? entityTag = null) =>
        (this.response, this.entityTag) = (response, entityTag);

    public Task ExecuteAsync(HttpContext httpContext)
    {
        if (entityTag is not null)
            EntityTag.Write(httpContext.Response, entityTag);
        return response.ExecuteAsync(httpContext);
    }

    static void IEndpointMetadataProvider.PopulateMetadata(MethodInfo method, EndpointBuilder builder)
    {
        TAnswer.PopulateMetadata(method, builder);
        builder.Metadata.Add(new HonoursIdempotencyKey());
    }
}

/// <param name="isReplay">Whether it was given before, so that the caller is told.</param>
internal sealed class StoredResult(StoredResponse stored, bool isReplay) : IResult
{
    private const string ReplayedHeader = "Idempotent-Replayed";

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var isError = stored.Status >= StatusCodes.Status400BadRequest;
        if (isError)
            httpContext.RequestServices.GetRequiredService<ErrorCounter>().Count(CodeOf(stored.Body));
        var response = httpContext.Response;
        response.StatusCode = stored.Status;
        if (stored.Location is not null)
            response.Headers.Location = stored.Location;
        if (isReplay)
            response.Headers[ReplayedHeader] = "true";
        if (stored.Status == StatusCodes.Status204NoContent)
            return Task.CompletedTask;
        response.ContentType = isError ? Problem.ContentType : "application/json; charset=utf-8";
        response.ContentLength = stored.Body.Length;
        // Not the request's token: the command has been done, and a deadline that passes now must not hide it.
        return response.Body.WriteAsync(stored.Body, CancellationToken.None).AsTask();
    }

    private static string CodeOf(ReadOnlyMemory<byte> problem)
    {
        using var members = JsonDocument.Parse(problem);
        return members.RootElement.GetProperty("code").GetString()!;
    }
}
