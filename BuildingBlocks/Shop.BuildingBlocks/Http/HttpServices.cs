using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Shop.BuildingBlocks.Http;

public static class HttpServices
{
    public static IServiceCollection AddHttpConventions(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(json => ShopJson.Apply(json.SerializerOptions));
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.AddExceptionHandler<ProblemHandler>();
        services.AddSingleton<Cursors>();
        return services.AddPolicies();
    }

    /// <summary>Before routing: every answer's headers, and a problem for every error that comes without a body.</summary>
    public static IApplicationBuilder UseHttpConventions(this IApplicationBuilder app)
    {
        app.Use((http, next) =>
        {
            http.Response.Headers.XContentTypeOptions = "nosniff";
            return next(http);
        });
        app.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandler = _ => Task.CompletedTask });
        app.UseStatusCodePages(status => Problem.OfStatus(status.HttpContext.Response.StatusCode).WriteAsync(status.HttpContext));
        app.Use(RefuseNul);
        return app;
    }

    // PostgreSQL's text can't hold U+0000, and no name or search term has one. (Kestrel refuses it in the path.)
    private static Task RefuseNul(HttpContext http, RequestDelegate next)
    {
        foreach (var (name, values) in http.Request.Query)
        {
            if (values.Any(value => value!.Contains('\0')))
                return Problem.Invalid(name, "Must not contain U+0000.").WriteAsync(http);
        }

        return next(http);
    }
}
