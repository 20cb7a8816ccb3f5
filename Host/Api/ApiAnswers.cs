using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Http;
using Shop.Identity.Contracts;
using Shop.Messages;

namespace Shop.Host.Api;

/// <summary>The errors of an operation: those of its endpoint, and those that every operation has.</summary>
internal static class ApiAnswers
{
    private const string ProblemSchema = "Problem";

    public static Task AddAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken ct)
    {
        operation.Responses ??= [];
        foreach (var (status, answer) in operation.Responses)
            AddHeaders((OpenApiResponse)answer, status, context.Description);
        foreach (var answers in ErrorsOf(context.Description).GroupBy(error => error.Status).OrderBy(
            answers => answers.Key))
            operation.Responses[$"{answers.Key}"] = Failing(answers.Key, [.. answers.Distinct()], context.Document!);
        return Task.CompletedTask;
    }

    public static Task AddSchemaAsync(
        OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken ct)
    {
        document.Components ??= new OpenApiComponents();
        document.Components.Schemas ??= new Dictionary<string, IOpenApiSchema>();
        document.Components.Schemas[ProblemSchema] = new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Description =
                "RFC 9457. Some codes bring members of their own: a shortfall, the shortages of an order, a minimum.",
            Required = new HashSet<string> { "type", "title", "status", "detail", "instance", "code", "traceId" },
            Properties = new Dictionary<string, IOpenApiSchema>
            {
                ["type"] = Text("urn:shop:problem: and the code."),
                ["title"] = Text("The status in words."),
                ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32" },
                ["detail"] = Text("One sentence for a person."),
                ["instance"] = Text("The path of the request."),
                ["code"] = Text("The error's code."),
                ["traceId"] = Text("What finds the request in logs and traces."),
                ["errors"] = new OpenApiSchema
                {
                    Type = JsonSchemaType.Object,
                    Description = "With the code validation: what is wrong, for each field.",
                    AdditionalProperties = new OpenApiSchema
                    {
                        Type = JsonSchemaType.Array,
                        Items = new OpenApiSchema { Type = JsonSchemaType.String },
                    },
                },
            },
        };
        return Task.CompletedTask;
    }

    private static IEnumerable<ErrorKind> ErrorsOf(ApiDescription endpoint)
    {
        var metadata = endpoint.ActionDescriptor.EndpointMetadata;
        yield return CommandErrors.Validation;
        if (!metadata.OfType<IAllowAnonymous>().Any())
        {
            yield return HttpErrors.Unauthenticated;
            yield return IdentityErrors.ExternalProfile;
            yield return IdentityErrors.EmailUnverified;
        }

        if (metadata.OfType<IAuthorizeData>().Any(data => data.Policy is Policies.Owner or Policies.Permission))
            yield return HttpErrors.Forbidden;
        // An id that has not the form of one.
        if (endpoint.ParameterDescriptions.Any(parameter => parameter.Source.Id == "Path"))
            yield return HttpErrors.NotFound;
        if (endpoint.HttpMethod is "POST")
        {
            yield return IdempotencyErrors.InvalidKey;
            yield return IdempotencyErrors.InProgress;
        }

        if (metadata.OfType<HonoursIdempotencyKey>().Any())
            yield return IdempotencyErrors.KeyReused;
        if (HasBody(endpoint))
        {
            yield return HttpErrors.RequestTimeout;
            yield return HttpErrors.PayloadTooLarge;
            yield return HttpErrors.UnsupportedMediaType;
            yield return HttpErrors.RateLimited;
        }

        if (metadata.OfType<EnableRateLimitingAttribute>().Any())
            yield return HttpErrors.RateLimited;
        yield return HttpErrors.Internal;
        yield return CommandErrors.Unavailable;
        foreach (var own in metadata.OfType<ErrorKind>())
            yield return own;
    }

    // A POST may bring a body that nobody asked for: it is read for the fingerprint of its key.
    private static bool HasBody(ApiDescription endpoint) =>
        endpoint.HttpMethod is "POST" || endpoint.ParameterDescriptions.Any(parameter => parameter.Source.Id == "Body");

    private static OpenApiResponse Failing(int status, ErrorKind[] errors, OpenApiDocument document)
    {
        var codes = errors.Select(error => error.Code);
        var answer = new OpenApiResponse
        {
            Description =
                $"{ReasonPhrases.GetReasonPhrase(status)}: {string.Join(", ", codes.Select(code => $"`{code}`"))}",
            Content = new Dictionary<string, OpenApiMediaType>
            {
                [Problem.ContentType] = new OpenApiMediaType
                {
                    Schema = new OpenApiSchema
                    {
                        AllOf = [new OpenApiSchemaReference(ProblemSchema, document)],
                        Properties = new Dictionary<string, IOpenApiSchema>
                        {
                            ["code"] = new OpenApiSchema
                            {
                                Type = JsonSchemaType.String,
                                Enum = [.. codes.Select(code => (JsonNode)JsonValue.Create(code))],
                            },
                        },
                    },
                },
            },
        };
        if (status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable
            || errors.Contains(IdempotencyErrors.InProgress))
            Add(answer, "Retry-After", "Seconds after which to come again.");
        return answer;
    }

    private static void AddHeaders(OpenApiResponse answer, string status, ApiDescription endpoint)
    {
        if (status == "201")
            Add(answer, "Location", "The path at which it can be read.");
        if (endpoint.SupportedResponseTypes.Any(type => type.Type?.IsAssignableTo(typeof(ITagged)) == true))
            Add(answer, "ETag", "Of what administrators can change, for the If-Match of a change.");
        if (endpoint.HttpMethod is not "GET" && status.StartsWith('2'))
            Add(answer, LogPositionHeader.Name, "Of a shop with replicas: for a read that is to see this.");
        if (endpoint.ActionDescriptor.EndpointMetadata.OfType<HonoursIdempotencyKey>().Any())
            Add(
                answer, "Idempotent-Replayed",
                "`true` where this answer was given before, to the same request with the same Idempotency-Key.");
    }

    private static void Add(OpenApiResponse answer, string header, string description)
    {
        answer.Headers ??= new Dictionary<string, IOpenApiHeader>();
        answer.Headers[header] = new OpenApiHeader
        {
            Description = description,
            Schema = new OpenApiSchema { Type = JsonSchemaType.String },
        };
    }

    private static OpenApiSchema Text(string description) =>
        new() { Type = JsonSchemaType.String, Description = description };
}
