using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Http.Timeouts;

namespace Shop.BuildingBlocks.Http;

/// <summary>A request's body that was received into a temporary file, which ends with the request.</summary>
/// <param name="Hash">SHA-256 of its bytes.</param>
public sealed record UploadedFile(Stream Content, ReadOnlyMemory<byte> Hash)
{
    /// <summary>Of a request to an endpoint that takes a file.</summary>
    public static UploadedFile Of(HttpContext http) => http.Features.GetRequiredFeature<UploadedFile>();
}

/// <summary>On an endpoint whose body is a file of at most so many bytes, beyond the limit of other bodies.</summary>
public sealed record TakesFile(long? MaxRequestBodySize) : IRequestSizeLimitMetadata;

public static class FileEndpoints
{
    // A file of the maximum size arrives within 45 seconds or is refused.
    private static readonly RequestTimeoutPolicy Timeout = new()
    {
        Timeout = TimeSpan.FromMinutes(2),
        TimeoutStatusCode = StatusCodes.Status503ServiceUnavailable,
    };

    /// <summary>Its body is received as an <see cref="UploadedFile"/> before the endpoint runs.</summary>
    public static RouteHandlerBuilder TakesFile(this RouteHandlerBuilder endpoint, string contentType, long maximum)
    {
        endpoint.Accepts<string>(contentType).WithMetadata(new TakesFile(maximum)).WithRequestTimeout(Timeout);
        return endpoint;
    }
}
