using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.Mvc.Infrastructure;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using Shop.BuildingBlocks.Http;

namespace Shop.Host.Api;

/// <summary>
/// The request of an operation beyond its signature: descriptions, names of values, an example of the body, the
/// Idempotency-Key, the If-Match.
/// </summary>
internal static class ApiRequests
{
    /// <summary>The parameters that mean the same wherever they stand.</summary>
    private static readonly Dictionary<string, string> Ids = new()
    {
        ["userId"] = "A user. Customers can only name themselves.",
        ["productId"] = "A product.",
        ["importId"] = "An import of products.",
        ["categoryId"] = "A category of products.",
        ["couponId"] = "A coupon, as it is on offer.",
        ["userCouponId"] = "A coupon that a user holds.",
        ["orderId"] = "An order.",
        ["apiKeyId"] = "An API key.",
        ["webhookId"] = "A webhook.",
        ["topUpId"] = "A top-up.",
        ["provider"] = "A payment provider: toss, or in Development fake.",
        ["paymentId"] = "A payment.",
        ["sessionId"] = "A sign-in of a user.",
        ["requestId"] = "A place in a coupon's waiting line.",
        ["id"] = "As the list has it.",
    };

    public static Task AddAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken ct)
    {
        foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>() ?? [])
            Describe(parameter, context.Description);
        AddExample(operation, context);
        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<HonoursIdempotencyKey>().Any())
            AddKey(operation);
        if (context.Description.ActionDescriptor.EndpointMetadata.Contains(HttpErrors.PreconditionFailed))
            AddIfMatch(operation);
        if (context.Description.HttpMethod is "GET")
            AddPosition(operation);
        return Task.CompletedTask;
    }

    private static void Describe(OpenApiParameter parameter, ApiDescription endpoint)
    {
        parameter.Description ??= Ids.GetValueOrDefault(parameter.Name!);
        var descriptor = endpoint.ParameterDescriptions.FirstOrDefault(
            known => known.Name == parameter.Name)?.ParameterDescriptor;
        // Members of a record stand in the query in camelCase.
        parameter.Name = parameter.In == ParameterLocation.Query
            ? JsonNamingPolicy.CamelCase.ConvertName(parameter.Name!)
            : parameter.Name;
        if (parameter.Schema is not OpenApiSchema schema)
            return;
        if (AttributeOf<OneOfAttribute>(descriptor) is { Names: var names })
            schema.Enum = [.. names.Select(name => (JsonNode)JsonValue.Create(name))];
        if (AttributeOf<DataTypeAttribute>(descriptor) is { DataType: DataType.DateTime })
            schema.Format = "date-time";
    }

    private static TAttribute? AttributeOf<TAttribute>(ParameterDescriptor? parameter)
        where TAttribute : Attribute =>
        (parameter as IParameterInfoParameterDescriptor)?.ParameterInfo
            .GetCustomAttributes(typeof(TAttribute), inherit: false)
            .OfType<TAttribute>()
            .FirstOrDefault();

    private static void AddExample(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        if (context.Description.ActionDescriptor.EndpointMetadata
            .OfType<BodyExample>()
            .FirstOrDefault() is not { } example)
            return;
        var json = context.ApplicationServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        foreach (var content in operation.RequestBody?.Content?.Values.OfType<OpenApiMediaType>() ?? [])
            content.Example = WithoutNulls(JsonSerializer.SerializeToNode(example.Body, json)!);
    }

    private static JsonNode WithoutNulls(JsonNode body)
    {
        foreach (var (name, value) in (body as JsonObject)?.ToList() ?? [])
        {
            if (value is null)
                body.AsObject().Remove(name);
        }

        return body;
    }

    private static void AddIfMatch(OpenApiOperation operation)
    {
        operation.Parameters ??= [];
        operation.Parameters.Add(new OpenApiParameter
        {
            Name = "If-Match",
            In = ParameterLocation.Header,
            Description =
                "The ETag of what you have read: where it has been changed since, this changes nothing and answers "
                + "412. Several may stand there, with commas between; `*` is any.",
            Schema = new OpenApiSchema { Type = JsonSchemaType.String },
        });
    }

    private static void AddPosition(OpenApiOperation operation)
    {
        operation.Parameters ??= [];
        operation.Parameters.Add(new OpenApiParameter
        {
            Name = LogPositionHeader.Name,
            In = ParameterLocation.Header,
            Description = "The header of that name of an answer to a command, whose effect this read then sees. A shop "
                + "without replicas gives none and reads none.",
            Schema = new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = LogPositionHeader.MaximumLength },
        });
    }

    private static void AddKey(OpenApiOperation operation)
    {
        operation.Parameters ??= [];
        operation.Parameters.Add(new OpenApiParameter
        {
            Name = HonoursIdempotencyKey.Header,
            In = ParameterLocation.Header,
            Description =
                "Makes the request safe to repeat, for 24 hours: the same key with the same request gets the first "
                + "answer again and has no second effect.",
            Schema = new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                MinLength = 1,
                MaxLength = 255,
                Pattern = "^[!-~]+$",
            },
        });
    }
}
