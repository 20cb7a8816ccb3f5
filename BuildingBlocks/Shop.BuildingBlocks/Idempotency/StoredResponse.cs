using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Http;

namespace Shop.BuildingBlocks.Idempotency;

/// <summary>A response as it goes out, to be given again byte for byte.</summary>
/// <param name="IsReplay">Whether it was given before, so that the caller is told.</param>
internal sealed record StoredResponse(int Status, string? Location, byte[] Body, bool IsReplay = false) : IResult
{
    private const string ReplayedHeader = "Idempotent-Replayed";

    public Task ExecuteAsync(HttpContext httpContext)
    {
        if (Status >= StatusCodes.Status400BadRequest)
            httpContext.RequestServices.GetRequiredService<Refusals>().Count(CodeOf(Body));
        var response = httpContext.Response;
        response.StatusCode = Status;
        response.ContentType = Status < StatusCodes.Status400BadRequest ? "application/json; charset=utf-8" : Problem.ContentType;
        response.ContentLength = Body.Length;
        if (Location is not null)
            response.Headers.Location = Location;
        if (IsReplay)
            response.Headers[ReplayedHeader] = "true";
        // Not the request's token: the command has been done, and a deadline that passes now must not hide it.
        return response.Body.WriteAsync(Body, CancellationToken.None).AsTask();
    }

    private static string CodeOf(ReadOnlyMemory<byte> problem)
    {
        using var members = JsonDocument.Parse(problem);
        return members.RootElement.GetProperty("code").GetString()!;
    }
}
