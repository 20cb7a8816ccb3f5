using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using Xunit;

namespace Shop.IntegrationTests.Testing;

/// <summary>
/// The API as its OpenAPI document has it, to hold real answers to: every answer that a <see cref="ShopClient"/> gets,
/// in whichever test, must be one that the document promises, with its code and its members.
/// </summary>
internal sealed class DocumentedApi
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);
    private static readonly Lock Reading = new();
    private static Task<DocumentedApi>? read;

    private readonly JsonElement document;
    private readonly IReadOnlyList<Operation> operations;

    public DocumentedApi(JsonElement document)
    {
        this.document = document;
        operations =
        [
            .. from path in document.GetProperty("paths").EnumerateObject()
               from operation in path.Value.EnumerateObject()
               select new Operation(HttpMethod.Parse(operation.Name), path.Name, PatternOf(path.Name), operation.Value),
        ];
    }

    /// <summary>Read from the first host that asks: the document is the same on all of them.</summary>
    public static Task<DocumentedApi> OfAsync(IServiceProvider services)
    {
        lock (Reading)
            return read ??= ReadAsync(services);
    }

    /// <summary>
    /// Fails the test where the document does not have such an answer. Paths without an operation are not checked.
    /// </summary>
    /// <param name="path">Without the query.</param>
    public void Check(HttpMethod method, string path, HttpResponseMessage response, string text)
    {
        if (Fault(
            method, path, (int)response.StatusCode, response.Content.Headers.ContentType?.MediaType, text) is { } fault)
            Assert.Fail(
                $"The API document lacks an answer to {method} {path}: {fault}. It was: {(int)response.StatusCode} "
                + $"{text}");
    }

    public string? Fault(HttpMethod method, string path, int status, string? contentType, string text)
    {
        if (operations.Where(known => known.Method == method && known.Path.IsMatch(path))
            .MinBy(known => known.Template.Count('{')) is not { } operation)
            return null;
        if (!operation.Description.GetProperty("responses").TryGetProperty($"{status}", out var answer))
            return $"no status {status}";
        if (!answer.TryGetProperty("content", out var contents))
            return text.Length == 0 ? null : "no body";
        if (contentType is null || !contents.TryGetProperty(contentType, out var content))
            return $"no content type {contentType}";
        if (contentType is "text/event-stream" or "text/csv")
            return null;
        var schema = content.GetProperty("schema");
        using var body = JsonDocument.Parse(text);
        return status < 400 ? ShapeFault("", schema, body.RootElement) : CodeFault(schema, body.RootElement);
    }

    private static async Task<DocumentedApi> ReadAsync(IServiceProvider services)
    {
        var document = await services.GetRequiredKeyedService<IOpenApiDocumentProvider>("v1").GetOpenApiDocumentAsync();
        return new DocumentedApi(
            JsonDocument.Parse(await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1)).RootElement);
    }

    private static Regex PatternOf(string path) =>
        new(
            $"^{Regex.Replace(path, @"\{[^}]+\}", "[^/]+", RegexOptions.None, Timeout)}/?$",
            RegexOptions.None,
            Timeout);

    private static string? CodeFault(JsonElement schema, JsonElement problem)
    {
        var code = problem.GetProperty("code").GetString();
        return schema
            .GetProperty("properties")
            .GetProperty("code")
            .GetProperty("enum")
            .EnumerateArray()
            .Any(known => known.GetString() == code) ? null : $"no code {code}";
    }

    // Every member of the answer is in the document and the other way round: members without a value are there as null.
    private string? ShapeFault(string place, JsonElement schema, JsonElement value)
    {
        schema = Follow(schema, value);
        if (schema.TryGetProperty("type", out var types)
            && !Types(types).Contains(TypeOf(value))
            && !(TypeOf(value) == "integer" && Types(types).Contains("number")))
            return $"{place} is {TypeOf(value)}, not {types}";
        if (value.ValueKind == JsonValueKind.Array && schema.TryGetProperty("items", out var items))
            return value.EnumerateArray()
                .Select(item => ShapeFault($"{place}[]", items, item))
                .FirstOrDefault(fault => fault is not null);
        if (value.ValueKind != JsonValueKind.Object || !schema.TryGetProperty("properties", out var members))
            return null;
        var missing = members.EnumerateObject().FirstOrDefault(member => !value.TryGetProperty(member.Name, out _));
        if (missing.Value.ValueKind != JsonValueKind.Undefined)
            return $"{place} has no {missing.Name}";
        return value.EnumerateObject()
            .Select(member => members.TryGetProperty(member.Name, out var known)
                ? ShapeFault($"{place}.{member.Name}", known, member.Value)
                : $"{place} has no {member.Name} in it")
            .FirstOrDefault(fault => fault is not null);
    }

    // A member that may be null is "one of" null and what it is otherwise.
    private JsonElement Follow(JsonElement schema, JsonElement value)
    {
        if (schema.TryGetProperty("oneOf", out var choices))
            return Follow(
                choices.EnumerateArray().First(
                    choice => choice.TryGetProperty("$ref", out _) != (value.ValueKind == JsonValueKind.Null)),
                value);
        return schema.TryGetProperty("$ref", out var reference)
            ? document.GetProperty("components")
                .GetProperty("schemas")
                .GetProperty(reference.GetString()!.Split('/')[^1])
            : schema;
    }

    private static IEnumerable<string?> Types(JsonElement types) =>
        types.ValueKind == JsonValueKind.Array
            ? types.EnumerateArray().Select(type => type.GetString())
            : [types.GetString()];

    private static string TypeOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => value.TryGetInt64(out _) ? "integer" : "number",
        JsonValueKind.Null => "null",
        _ => "boolean",
    };

    private sealed record Operation(HttpMethod Method, string Template, Regex Path, JsonElement Description);
}
