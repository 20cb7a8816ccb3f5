using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Activities;

namespace Shop.BuildingBlocks.Http;

/// <summary>Says where the commands of a request come from. Behind authentication and authorization.</summary>
internal sealed class ActivityMiddleware(RequestDelegate next, IOptions<JsonOptions> json)
{
    private readonly JsonSerializerOptions json = json.Value.SerializerOptions;

    public async Task InvokeAsync(HttpContext http)
    {
        if (Caller.IfSignedIn(http.User) is { } caller && RecordedOperation.Of(http, caller) is { } operation)
        {
            var body = operation.BodyType is { } type
                ? await http.Request.BodyReader.PeekAsync(text => Read(text, type), http.RequestAborted)
                : null;
            http.RequestServices.GetRequiredService<CommandScope>().Origin =
                new RequestOrigin(http, caller, operation, body, json);
        }

        await next(http);
    }

    // Reads the body as the endpoint does, without unknown members. The endpoint refuses an unreadable body.
    private JsonObject? Read(ReadOnlySequence<byte> body, Type type)
    {
        var bytes = body.ToArray().AsSpan();
        if (bytes.StartsWith(Encoding.UTF8.Preamble))
            bytes = bytes[Encoding.UTF8.Preamble.Length..];
        if (bytes.IsEmpty)
            return null;
        try
        {
            return ActivityJson.MembersOf(JsonSerializer.Deserialize(bytes, type, json), type, json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
