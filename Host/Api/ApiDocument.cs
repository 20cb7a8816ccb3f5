using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Authorization;
using Microsoft.OpenApi;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Http;

namespace Shop.Host.Api;

/// <summary>The OpenAPI 3.1 document at <c>/openapi/v1.json</c>, and a page to try it at <c>/docs</c>.</summary>
internal static class ApiDocument
{
    private const string Bearer = "Bearer";

    private const string Conventions = """
        A back end for storefronts. Money is whole KRW; times are UTC. Enumerated values are UPPER_SNAKE. Members
        without a value are null. Lists have `items` and `nextCursor`. HEAD is answered wherever GET is. Text is trimmed
        and kept as Unicode NFC; times in bodies have an offset. A query parameter without a value is as if it were
        absent. Errors are problems (RFC 9457) with a machine-readable `code`.
        """;

    private static readonly Dictionary<string, string> Tags = new()
    {
        ["Identity"] = "Accounts, sign-ins and tokens.",
        ["Wallet"] = "Prepaid balances and their ledger.",
        ["Catalog"] = "Products and their stock.",
        ["Coupons"] = "First come, first served: at once, or through a waiting line.",
        ["Cart"] = "What a user means to order.",
        ["Orders"] = "From placing to paying, cancelling or expiring.",
        ["Payments"] = "Payments out of the wallet.",
        ["Ranking"] = "What sells best.",
        ["Webhooks"] = "Events, sent to whoever subscribes.",
        ["Operations"] = "For whoever runs the shop.",
    };

    // Swagger UI styles its elements in place and draws icons from data: addresses.
    private const string PagePolicy =
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri "
        + "'none'; form-action 'self'; frame-ancestors 'none'";

    public static void AddApiDocument(this IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.ShouldInclude = description => description.HttpMethod != HttpMethods.Head;
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo { Title = "Shop", Version = "v1", Description = Conventions };
            document.Tags = Tags.Select(tag => new OpenApiTag { Name = tag.Key, Description = tag.Value }).ToHashSet();
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            document.Components.SecuritySchemes[Bearer] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "The accessToken of POST /api/v1/sessions.",
            };
            return Task.CompletedTask;
        });
        options.AddSchemaTransformer((schema, context, _) =>
        {
            // The generator knows no shape for types with a converter of ours.
            var type = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type;
            var nullable = type == context.JsonTypeInfo.Type ? default : JsonSchemaType.Null;
            if (type == typeof(string))
                schema.Type =
                    JsonSchemaType.String | (context.JsonPropertyInfo is { IsGetNullable: true, IsSetNullable: true }
                        ? JsonSchemaType.Null
                        : default);
            else if (type == typeof(DateTimeOffset))
                (schema.Type, schema.Format) = (JsonSchemaType.String | nullable, "date-time");
            else if (type.IsEnum)
                (
                    schema.Type,
                    schema.Enum) = (
                        JsonSchemaType.String | nullable,
                        [
                            .. EnumNames.All(type).Select(name => JsonValue.Create(name)),
                            .. nullable == default ? [] : (JsonNode[])[JsonNullSentinel.JsonNull],
                        ]);
            AddMaximum(schema, context.JsonPropertyInfo);
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            if (!context.Description.ActionDescriptor.EndpointMetadata.OfType<IAllowAnonymous>().Any())
                operation.Security =
                [
                    new OpenApiSecurityRequirement
                    {
                        [new OpenApiSecuritySchemeReference(Bearer, context.Document)] = [],
                    },
                ];
            return Task.CompletedTask;
        });
        options.AddOperationTransformer(ApiPermissions.AddAsync);
        options.AddOperationTransformer(ApiRequests.AddAsync);
        options.AddOperationTransformer(ApiAnswers.AddAsync);
        options.AddDocumentTransformer(ApiAnswers.AddSchemaAsync);
        options.AddDocumentTransformer(ApiSchemas.CompleteAsync);
    });

    public static void MapApiDocument(this WebApplication app)
    {
        app.MapOpenApi().AnswerHead().AllowAnonymous();
        app.UseWhen(
            http => http.Request.Path.StartsWithSegments("/docs", StringComparison.OrdinalIgnoreCase),
            docs => docs.Use(AllowStyles).Use(AnswerHead).UseSwaggerUI(page =>
            {
                page.RoutePrefix = "docs";
                page.DocumentTitle = "Shop API";
                page.SwaggerEndpoint("/openapi/v1.json", "v1");
            }));
    }

    // The generator leaves it out where a constructor's parameter has a default value.
    private static void AddMaximum(OpenApiSchema schema, JsonPropertyInfo? member)
    {
        var attributes = member?.AttributeProvider?.GetCustomAttributes(typeof(MaxLengthAttribute), inherit: true);
        if (attributes?.FirstOrDefault() is not MaxLengthAttribute maximum)
            return;
        if (schema.Type?.HasFlag(JsonSchemaType.Array) is true)
            schema.MaxItems = maximum.Length;
        else
            schema.MaxLength = maximum.Length;
    }

    // The page's middleware knows GET alone.
    private static async Task AnswerHead(HttpContext http, RequestDelegate next)
    {
        if (HttpMethods.IsHead(http.Request.Method))
        {
            http.Request.Method = HttpMethods.Get;
            http.Response.Body = Stream.Null;
        }

        await next(http);
    }

    private static Task AllowStyles(HttpContext http, RequestDelegate next)
    {
        http.Response.Headers.ContentSecurityPolicy = PagePolicy;
        return next(http);
    }
}
