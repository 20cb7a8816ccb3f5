using Microsoft.Net.Http.Headers;

namespace Shop.Host.Pages;

/// <summary>
/// The pages for people, files of <c>wwwroot</c>: the storefront at <c>/</c>, the operator's page at <c>/ops</c>. They
/// know the shop by its API alone.
/// </summary>
internal static class PageFiles
{
    public static void UsePages(this WebApplication app)
    {
        app.UseWhen(IsNoCall, pages =>
        {
            pages.UseDefaultFiles();
            pages.UseStaticFiles(new StaticFileOptions
            {
                // A module loads others by plain names: asking each time, answered with 304, is what keeps them of one
                // version. A font's folder has its version in its name.
                OnPrepareResponse = file => file.Context.Response.Headers[HeaderNames.CacheControl] =
                    file.Context.Request.Path.StartsWithSegments("/fonts", StringComparison.Ordinal)
                        ? "public, max-age=31536000, immutable"
                        : "no-cache",
            });
        });
    }

    // The REST API has no files.
    private static bool IsNoCall(HttpContext http) =>
        !http.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase);
}
