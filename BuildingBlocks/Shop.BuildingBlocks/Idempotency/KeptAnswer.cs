using Microsoft.AspNetCore.Http;
using Shop.BuildingBlocks.Http;

namespace Shop.BuildingBlocks.Idempotency;

/// <summary>An answer as it goes out, to be given again byte for byte.</summary>
/// <param name="IsReplay">Whether it was given before, so that the caller is told.</param>
internal sealed record KeptAnswer(int Status, string? Location, byte[] Body, bool IsReplay = false) : IResult
{
    private const string ReplayedHeader = "Idempotent-Replayed";

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Status;
        response.ContentType = Status < StatusCodes.Status400BadRequest ? "application/json; charset=utf-8" : Problem.ContentType;
        response.ContentLength = Body.Length;
        if (Location is not null)
            response.Headers.Location = Location;
        if (IsReplay)
            response.Headers[ReplayedHeader] = "true";
        return response.Body.WriteAsync(Body, httpContext.RequestAborted).AsTask();
    }
}
