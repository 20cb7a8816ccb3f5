using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Shop.Host.Api;

/// <summary>Schemas beyond their types: answers have all their members, and values are values.</summary>
internal static class ApiSchemas
{
    public static Task CompleteAsync(
        OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken ct)
    {
        var schemas = document.Components!.Schemas!;
        foreach (var name in Reached(document, AnswersOf).Except(Reached(document, BodiesOf)))
            RequireAll((OpenApiSchema)schemas[name]);
        foreach (var schema in schemas.Values.OfType<OpenApiSchema>())
            RemoveNull(schema);
        return Task.CompletedTask;
    }

    // The generator takes a member for optional where a constructor's parameter has a default value.
    private static void RequireAll(OpenApiSchema answer)
    {
        if (answer.Properties is { Count: > 0 } members)
            answer.Required = new HashSet<string>(members.Keys);
    }

    // A member says itself that it may be null, beside a reference to the values.
    private static void RemoveNull(OpenApiSchema schema)
    {
        if (schema.Enum is not { Count: > 0 } values)
            return;
        schema.Enum = [.. values.Where(value => !JsonNullSentinel.IsJsonNullSentinel(value))];
        schema.Type &= ~JsonSchemaType.Null;
    }

    private static IEnumerable<IOpenApiSchema?> AnswersOf(OpenApiOperation operation) =>
        operation.Responses!
            .Where(answer => answer.Key.StartsWith('2'))
            .SelectMany(answer => answer.Value.Content?.Values ?? [])
            .Select(content => content.Schema);

    private static IEnumerable<IOpenApiSchema?> BodiesOf(OpenApiOperation operation) =>
        operation.RequestBody?.Content?.Values.Select(content => content.Schema) ?? [];

    private static HashSet<string> Reached(
        OpenApiDocument document, Func<OpenApiOperation, IEnumerable<IOpenApiSchema?>> from)
    {
        var reached = new HashSet<string>();
        var open = new Stack<IOpenApiSchema?>(
            document.Paths.Values.SelectMany(path => path.Operations!.Values).SelectMany(from));
        while (open.TryPop(out var schema))
        {
            if (schema is OpenApiSchemaReference { Reference.Id: { } name })
            {
                if (reached.Add(name))
                    open.Push(document.Components!.Schemas![name]);
                continue;
            }

            foreach (var part in Parts(schema))
                open.Push(part);
        }

        return reached;
    }

    private static IEnumerable<IOpenApiSchema?> Parts(IOpenApiSchema? schema) =>
        schema is null ? [] : [.. schema.Properties?.Values ?? [], .. schema.OneOf ?? [], schema.Items];
}
