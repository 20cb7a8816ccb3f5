using System.Text.Json;

namespace Shop.IntegrationTests.Fuzz;

/// <summary>A call of the API as its OpenAPI document describes it.</summary>
internal sealed record ApiOperation(
    HttpMethod Method, string Path, IReadOnlyList<ApiParameter> Parameters, ApiSchema? Body,
    string? BodyType)
{
    public static IReadOnlyList<ApiOperation> Of(JsonElement document) =>
    [
        .. from path in document.GetProperty("paths").EnumerateObject()
           from operation in path.Value.EnumerateObject()
           select new ApiOperation(
               HttpMethod.Parse(operation.Name),
               path.Name,
               [.. ParametersOf(operation.Value)
                   .Where(parameter => parameter.GetProperty("in").GetString() != "header")
                   .Select(parameter => ApiParameter.Of(parameter, document))],
               operation.Value.TryGetProperty("requestBody", out var body) ? BodyOf(body, document) : null,
               operation.Value.TryGetProperty("requestBody", out var typed) ? ContentOf(typed).Name : null),
    ];

    private static JsonElement.ArrayEnumerator ParametersOf(JsonElement operation) =>
        operation.TryGetProperty("parameters", out var parameters) ? parameters.EnumerateArray() : default;

    private static ApiSchema BodyOf(JsonElement body, JsonElement document) =>
        new(ContentOf(body).Value.GetProperty("schema"), document);

    private static JsonProperty ContentOf(JsonElement body) => body.GetProperty("content").EnumerateObject().First();
}

internal sealed record ApiParameter(string Name, bool IsInPath, ApiSchema Schema)
{
    public static ApiParameter Of(JsonElement parameter, JsonElement document) => new(
        parameter.GetProperty("name").GetString()!,
        parameter.GetProperty("in").GetString() == "path",
        new ApiSchema(parameter.GetProperty("schema"), document));
}

/// <summary>A JSON schema of the document, with its references followed.</summary>
internal sealed class ApiSchema
{
    private readonly JsonElement document;
    private readonly JsonElement schema;

    public ApiSchema(JsonElement schema, JsonElement document)
    {
        this.document = document;
        this.schema = Follow(schema);
    }

    public IReadOnlyList<(string Name, ApiSchema Schema)> Members => schema.TryGetProperty(
        "properties", out var members)
        ? [.. members.EnumerateObject().Select(member => (member.Name, new ApiSchema(member.Value, document)))]
        : [];

    public ApiSchema? Items => schema.TryGetProperty("items", out var items) ? new ApiSchema(items, document) : null;

    public IReadOnlyList<string> Names =>
        schema.TryGetProperty("enum", out var names)
            ? [.. names.EnumerateArray()
                .Where(name => name.ValueKind == JsonValueKind.String)
                .Select(name => name.GetString()!)]
            : [];

    public string? Format => schema.TryGetProperty("format", out var format) ? format.GetString() : null;

    public bool Is(string type) => schema.TryGetProperty("type", out var types)
        && (types.ValueKind == JsonValueKind.Array
            ? types.EnumerateArray().Any(one => one.GetString() == type)
            : types.GetString() == type);

    private JsonElement Follow(JsonElement element)
    {
        if (element.TryGetProperty("$ref", out var reference))
            return Follow(
                document.GetProperty("components").GetProperty("schemas").GetProperty(
                    reference.GetString()!.Split('/')[^1]));
        // A member that may be null is "one of" null and what it is otherwise.
        return element.TryGetProperty("oneOf", out var choices)
            ? Follow(choices.EnumerateArray().First(choice => choice.TryGetProperty("$ref", out _)))
            : element;
    }
}
