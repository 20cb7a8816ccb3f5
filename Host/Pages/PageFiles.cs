using System.IO.Compression;
using System.Net.Mime;
using System.Text.Json;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Shop.BuildingBlocks;

namespace Shop.Host.Pages;

/// <summary>
/// The pages for people, files of <c>wwwroot</c>: the storefront at <c>/</c>, the operator's page at <c>/ops</c>. They
/// know the shop by its API alone.
/// </summary>
internal static class PageFiles
{
    // The one module of the pages that is no file: it says what of the configuration they show.
    private const string Settings = "/js/settings.js";

    private const string NoCache = "no-cache";

    public static void AddPages(this IServiceCollection services)
    {
        services.AddResponseCompression(compression =>
        {
            // Nothing outside the API holds a secret that a guess beside it could find out by the size of the answer.
            compression.EnableForHttps = true;
            compression.MimeTypes = [.. ResponseCompressionDefaults.MimeTypes, MediaTypeNames.Image.Svg];
        });
        services.Configure<BrotliCompressionProviderOptions>(brotli => brotli.Level = CompressionLevel.Optimal);
        services.Configure<GzipCompressionProviderOptions>(gzip => gzip.Level = CompressionLevel.Optimal);
    }

    public static void UsePages(this WebApplication app)
    {
        app.UseWhen(IsNoCall, pages =>
        {
            pages.UseResponseCompression();
            pages.Use(AnswerSettings);
            // `/ops` is the page itself: a redirect to `/ops/` would be one more way there and back.
            pages.UseDefaultFiles(new DefaultFilesOptions { RedirectToAppendTrailingSlash = false });
            pages.UseStaticFiles(new StaticFileOptions
            {
                // A module loads others by plain names: asking each time, answered with 304, is what keeps them of one
                // version. A font's folder has its version in its name.
                OnPrepareResponse = file => file.Context.Response.Headers[HeaderNames.CacheControl] =
                    file.Context.Request.Path.StartsWithSegments("/fonts", StringComparison.Ordinal)
                        ? "public, max-age=31536000, immutable"
                        : NoCache,
            });
        });
    }

    // The REST API has no files.
    private static bool IsNoCall(HttpContext http) =>
        !http.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase);

    private static Task AnswerSettings(HttpContext http, RequestDelegate next)
    {
        var isRead = HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method);
        if (!isRead || !http.Request.Path.Equals(Settings, StringComparison.Ordinal))
            return next(http);
        var shop = http.RequestServices.GetRequiredService<IOptions<ShopOptions>>().Value;
        http.Response.ContentType = $"{MediaTypeNames.Text.JavaScript}; charset=utf-8";
        http.Response.Headers.CacheControl = NoCache;
        return http.Response.WriteAsync(
            $"""
            /** The zone of the shop's days, by its name of IANA. */
            export const timeZone = {JsonSerializer.Serialize(shop.TimeZone)};

            """,
            http.RequestAborted);
    }
}
