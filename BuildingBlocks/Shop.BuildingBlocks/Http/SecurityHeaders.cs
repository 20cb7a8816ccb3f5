using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Shop.BuildingBlocks.Http;

/// <summary>
/// Security and cache headers of every response. An endpoint may set its own Content-Security-Policy or Cache-Control.
/// </summary>
internal static class SecurityHeaders
{
    // An answer that is data is nothing to render, whatever a browser is made to believe.
    private const string DataPolicy = "default-src 'none'; frame-ancestors 'none'";

    // A page is markup, and files of ours: no script or style in place, nothing from elsewhere but images of products,
    // no text made into markup, no form that the browser sends itself.
    private const string PagePolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' http: https:; font-src 'self'; "
        + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        + "require-trusted-types-for 'script'; trusted-types 'none'";

    private static readonly PathString Api = "/api";

    public static void Add(HttpContext http)
    {
        var headers = http.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.XFrameOptions = "DENY";
        if (headers.ContentSecurityPolicy.Count == 0)
            headers.ContentSecurityPolicy = IsPage(http.Response) ? PagePolicy : DataPolicy;
        if (headers.CacheControl.Count == 0
            && http.Request.Path.StartsWithSegments(Api, StringComparison.OrdinalIgnoreCase)
            && !IsPublic(http))
            headers.CacheControl = "no-store";
    }

    private static bool IsPage(HttpResponse response) =>
        MediaTypeHeaderValue.TryParse(response.ContentType, out var type)
            && type.MediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase);

    // The same for everybody, so a cache may have it. With a token the same address can answer more: products that are
    // not for sale.
    private static bool IsPublic(HttpContext http) =>
        http.Response.StatusCode == StatusCodes.Status200OK
        && (HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method))
        && http.Request.Headers.Authorization.Count == 0
        && http.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null;
}
