using System.Text.Json;
using System.Text.Json.Nodes;

namespace Shop.IntegrationTests.Http;

/// <summary>A member of a request's body as the API document has it.</summary>
/// <param name="Path">In the form of the answers' <c>errors</c>.</param>
/// <param name="IsTextOrList">Whether a client decides about its length; names and formats have their own.</param>
/// <param name="Maximum">Characters of a text, entries of a list.</param>
/// <param name="Entry">One entry of a list, or null for what is none.</param>
/// <param name="Around">The entry of a list at the top of the body that has this member, or null.</param>
internal sealed record BodyMember(string Path, bool IsTextOrList, int? Maximum, JsonNode? Entry, JsonNode? Around)
{
    /// <summary>The body with one character or entry too many in this member.</summary>
    public string TooLong(JsonObject body)
    {
        var length = Maximum!.Value + 1;
        var value = Entry is null
            ? (JsonNode)JsonValue.Create(new string('x', length))
            : new JsonArray([.. Enumerable.Range(0, length).Select(_ => Entry.DeepClone())]);
        if (Path.Split("[0].") is [var list, var member])
        {
            var around = Around!.DeepClone();
            around[member] = value;
            body[list] = new JsonArray(around);
        }
        else if (Path.Split('.') is [var outer, var inner])
        {
            body[outer] = new JsonObject { [inner] = value };
        }
        else
        {
            body[Path] = value;
        }

        return body.ToJsonString();
    }
}

internal static class BodyMembers
{
    public static IReadOnlyList<BodyMember> Of(JsonElement operation, JsonElement document) =>
        [.. Below("", Content(operation).GetProperty("schema"), document)];

    public static JsonElement Content(JsonElement operation) =>
        operation.GetProperty("requestBody").GetProperty("content").EnumerateObject().Single().Value;

    private static IEnumerable<BodyMember> Below(
        string path, JsonElement schema, JsonElement document, JsonNode? around = null)
    {
        schema = Follow(schema, document);
        var entry = schema.TryGetProperty("items", out var one) ? Example(one, document) : null;
        if (path.Length > 0)
        {
            yield return new BodyMember(
                path, entry is not null || IsFreeText(schema), MaximumOf(schema), entry, around);
        }

        IEnumerable<BodyMember> nested = [];
        if (schema.TryGetProperty("items", out var items))
            nested = Below($"{path}[0]", items, document, entry);
        if (schema.TryGetProperty("properties", out var members))
        {
            nested = members.EnumerateObject()
                .SelectMany(member =>
                    Below($"{path}.{member.Name}".TrimStart('.'), member.Value, document, around));
        }

        foreach (var member in nested)
            yield return member;
    }

    private static JsonNode Example(JsonElement schema, JsonElement document)
    {
        schema = Follow(schema, document);
        if (schema.TryGetProperty("properties", out var members))
        {
            return new JsonObject(members.EnumerateObject().Select(member =>
                KeyValuePair.Create<string, JsonNode?>(member.Name, Example(member.Value, document))));
        }

        return Is(schema, "integer") ? JsonValue.Create(1) : JsonValue.Create("x");
    }

    private static bool IsFreeText(JsonElement schema) =>
        Is(schema, "string") && !schema.TryGetProperty("enum", out _) && !schema.TryGetProperty("format", out _);

    private static int? MaximumOf(JsonElement schema)
    {
        if (schema.TryGetProperty("maxItems", out var items))
            return items.GetInt32();
        return schema.TryGetProperty("maxLength", out var length) ? length.GetInt32() : null;
    }

    private static bool Is(JsonElement schema, string type) => schema.TryGetProperty("type", out var types)
        && (types.ValueKind == JsonValueKind.Array
            ? types.EnumerateArray().Any(one => one.GetString() == type)
            : types.GetString() == type);

    private static JsonElement Follow(JsonElement schema, JsonElement document)
    {
        if (schema.TryGetProperty("oneOf", out var choices))
            return Follow(choices.EnumerateArray().First(choice => choice.TryGetProperty("$ref", out _)), document);
        return schema.TryGetProperty("$ref", out var reference)
            ? document.GetProperty("components").GetProperty("schemas")
                .GetProperty(reference.GetString()!.Split('/')[^1])
            : schema;
    }
}
