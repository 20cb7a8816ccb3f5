using System.Text.Json;
using System.Text.Json.Nodes;

namespace Shop.ClientGenerator;

/// <summary>The OpenAPI document in the words in which a generator of C# finds names, files and one error.</summary>
internal static class ClientDocument
{
    // A stream of events has no end to wait for, and providers alone send payment events.
    private static readonly string[] LeftOut = ["StreamCouponRequest", "ReceivePaymentEvent"];

    public static JsonObject Read(string json)
    {
        var document = JsonNode.Parse(json)!.AsObject();
        var schemas = document["components"]!["schemas"]!.AsObject();
        // Error answers are one type, written by hand.
        schemas.Remove("Problem");
        foreach (var (_, schema) in schemas)
            schema!["additionalProperties"] = false;
        foreach (var path in document["paths"]!.AsObject())
        {
            var operations = path.Value!.AsObject();
            foreach (var (method, operation) in operations.ToList())
            {
                if (LeftOut.Contains((string?)operation!["operationId"]))
                    operations.Remove(method);
                else
                    Simplify(operation.AsObject(), schemas);
            }
        }

        foreach (var (_, schema) in schemas.ToList())
            NameEnums(schema!.AsObject(), schemas);
        OpenToNulls(document, schemas);
        return document;
    }

    private static void Simplify(JsonObject operation, JsonObject schemas)
    {
        var name = (string)operation["operationId"]!;
        foreach (var parameter in operation["parameters"]?.AsArray() ?? [])
        {
            var schema = parameter!["schema"]!.AsObject();
            if (schema.ContainsKey("enum"))
                parameter["schema"] = Reference(NameOf(schema, $"{name}{Pascal((string)parameter["name"]!)}", schemas));
        }

        if (operation["requestBody"]?["content"] is JsonObject body)
            AsFile(body);
        var answers = operation["responses"]!.AsObject();
        foreach (var (status, _) in answers.Where(answer => answer.Key[0] != '2').ToList())
            answers.Remove(status);
        foreach (var (_, answer) in answers)
        {
            if (answer!["content"] is JsonObject { Count: > 1 } choices)
                choices.Remove("text/csv");
            if (answer["content"] is JsonObject content)
                AsFile(content);
        }

        if (answers.Count > 1)
            Merge(answers, $"{name}Answer", schemas);
    }

    private static void AsFile(JsonObject content)
    {
        if (content["text/csv"] is JsonObject file)
            file["schema"] = new JsonObject { ["type"] = "string", ["format"] = "binary" };
    }

    // One method has one type: of several answers it has the members of all.
    private static void Merge(JsonObject answers, string name, JsonObject schemas)
    {
        var members = new JsonObject();
        foreach (var (_, answer) in answers)
        {
            var reference = (string)answer!["content"]!["application/json"]!["schema"]!["$ref"]!;
            foreach (var (member, schema) in schemas[reference.Split('/')[^1]]!["properties"]!.AsObject())
                members[member] = schema!.DeepClone();
        }

        schemas[name] = new JsonObject { ["type"] = "object", ["properties"] = members };
        foreach (var (_, answer) in answers)
            answer!["content"]!["application/json"]!["schema"] = Reference(name);
    }

    private static void NameEnums(JsonObject schema, JsonObject schemas)
    {
        if (schema["enum"] is JsonArray values)
            RemoveNull(values);
        foreach (var (member, value) in schema["properties"]?.AsObject().ToList() ?? [])
        {
            if (value!["enum"] is JsonArray known)
            {
                RemoveNull(known);
                schema["properties"]![member] = new JsonObject
                {
                    ["oneOf"] = new JsonArray(
                        new JsonObject { ["type"] = "null" },
                        Reference(NameOf(value.AsObject(), Pascal(member), schemas))),
                };
            }
        }
    }

    private static void RemoveNull(JsonArray values)
    {
        for (var index = values.Count - 1; index >= 0; index--)
        {
            if (values[index]?.GetValueKind() is null or JsonValueKind.Null)
                values.RemoveAt(index);
        }
    }

    // A change and a new product tell a member that is null from one that is not there.
    private static void OpenToNulls(JsonObject document, JsonObject schemas)
    {
        var bodies = document["paths"]!.AsObject()
            .SelectMany(path => path.Value!.AsObject())
            .Where(operation => operation.Key == "patch" || (string?)operation.Value!["operationId"] == "CreateProduct")
            .Select(operation =>
                (string)operation.Value!["requestBody"]!["content"]!["application/json"]!["schema"]!["$ref"]!);
        foreach (var body in bodies)
            schemas[body.Split('/')[^1]]!["additionalProperties"] = new JsonObject();
    }

    /// <returns>The name of the schema with these values, which is this one where there is none.</returns>
    private static string NameOf(JsonObject schema, string otherwise, JsonObject schemas)
    {
        var values = Values(schema);
        var name = schemas.FirstOrDefault(known => Values(known.Value!).SequenceEqual(values)).Key;
        if (name is not null)
            return name;
        schemas[otherwise] = new JsonObject { ["type"] = "string", ["enum"] = schema["enum"]!.DeepClone() };
        return otherwise;
    }

    private static IEnumerable<string> Values(JsonNode schema) =>
        schema["enum"]?.AsArray().Where(value => value is not null).Select(value => (string)value!) ?? [];

    private static JsonObject Reference(string name) => new() { ["$ref"] = $"#/components/schemas/{name}" };

    private static string Pascal(string name) => char.ToUpperInvariant(name[0]) + name[1..];
}
