using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Shop.BuildingBlocks.Idempotency;

namespace Shop.BuildingBlocks.Http;

public static class HttpServices
{
    public static IServiceCollection AddHttpConventions(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(json => ShopJson.Apply(json.SerializerOptions));
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.Configure<RouteOptions>(PathIds.Apply);
        services.AddExceptionHandler<ProblemHandler>();
        services.AddSingleton<Cursors>();
        services.AddSingleton<CsvExports>();
        services.AddSingleton<ErrorCounter>();
        services.AddSingleton<SecurityLog>();
        services.AddScoped<IdempotencyStore>();
        services.AddScoped(scope => new IdempotentSender(
            scope, scope.GetRequiredService<IdempotencyStore>(), scope.GetRequiredService<IOptions<JsonOptions>>()));
        return services.AddPolicies();
    }

    /// <summary>
    /// Before routing: every answer's headers, and a problem for every error that comes without a body.
    /// </summary>
    public static IApplicationBuilder UseHttpConventions(this IApplicationBuilder app)
    {
        app.Use(AddHeaders);
        app.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandler = _ => Task.CompletedTask });
        app.UseStatusCodePages(
            status => status.HttpContext.Response.StatusCode == StatusCodes.Status499ClientClosedRequest
            ? Task.CompletedTask
            : Bare(status.HttpContext).WriteAsync(status.HttpContext));
        app.Use(DropEmptyParameters);
        app.Use(RefuseNoncharacters);
        app.Use(RefuseOtherCharsets);
        return app;
    }

    /// <summary>Behind authentication and authorization: a key is its caller's.</summary>
    public static IApplicationBuilder UseIdempotencyKeys(this IApplicationBuilder app) =>
        app.UseMiddleware<IdempotencyMiddleware>();

    /// <summary>Records the commands of staff and API keys. It comes after authentication and authorization.</summary>
    public static IApplicationBuilder UseActivity(this IApplicationBuilder app) =>
        app.UseMiddleware<ActivityMiddleware>();

    private static Problem Bare(HttpContext http) =>
        http.Response.StatusCode == StatusCodes.Status400BadRequest
            && FieldErrors.OfQuery(http) is { Count: > 0 } errors
            ? Problem.Invalid(errors)
            : Problem.OfStatus(http.Response.StatusCode);

    // At the last moment: when an exception becomes a problem, the headers set until then are cleared.
    private static Task AddHeaders(HttpContext http, RequestDelegate next)
    {
        http.Response.OnStarting(
            static context =>
            {
                SecurityHeaders.Add((HttpContext)context);
                RequestDeadlines.Lift((HttpContext)context);
                return Task.CompletedTask;
            },
            http);
        return next(http);
    }

    // A parameter without a value is as if it were absent.
    private static Task DropEmptyParameters(HttpContext http, RequestDelegate next)
    {
        if (http.Request.QueryString.HasValue
            && http.Request.Query.Any(parameter => parameter.Value.Any(string.IsNullOrEmpty)))
        {
            http.Request.Query = new QueryCollection(http.Request.Query
                .Select(parameter => (
                    parameter.Key, Values: parameter.Value.Where(value => !string.IsNullOrEmpty(value)).ToArray()))
                .Where(parameter => parameter.Values.Length > 0)
                .ToDictionary(
                    parameter => parameter.Key,
                    parameter => new StringValues(parameter.Values),
                    StringComparer.OrdinalIgnoreCase));
        }

        return next(http);
    }

    // PostgreSQL's text can't hold U+0000, and U+FFFE is no character: no stored text has either.
    private static Task RefuseNoncharacters(HttpContext http, RequestDelegate next)
    {
        foreach (var (name, values) in http.Request.Query)
        {
            if (values.Any(value => value.AsSpan().ContainsAny('\0', '\uFFFE')))
                return Problem.Invalid(name, "Must not contain U+0000 or U+FFFE.").WriteAsync(http);
        }

        return next(http);
    }

    // JSON is UTF-8 (RFC 8259, 8.1). The framework would decode other charsets, and throws where it doesn't know one or
    // finds it in quotes.
    private static Task RefuseOtherCharsets(HttpContext http, RequestDelegate next)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<IAcceptsMetadata>() is not null
            && MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var type) && type.Charset.HasValue)
        {
            if (!IsUtf8(HeaderUtilities.RemoveQuotes(type.Charset)))
                return Problem.OfStatus(StatusCodes.Status415UnsupportedMediaType).WriteAsync(http);
            http.Request.ContentType = type.MediaType.Value;
        }

        return next(http);
    }

    // The registered name is utf-8; utf8 is common.
    private static bool IsUtf8(StringSegment charset) =>
        charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)
            || charset.Equals("utf8", StringComparison.OrdinalIgnoreCase);
}
