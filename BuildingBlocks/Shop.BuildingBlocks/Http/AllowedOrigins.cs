using System.Collections.Frozen;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;

namespace Shop.BuildingBlocks.Http;

/// <summary>Origins whose pages may call the API from a browser, besides the shop's own.</summary>
public sealed class AllowedOrigins(IEnumerable<string> origins)
{
    private readonly FrozenSet<string> all = origins.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    public bool Contains(string origin) => all.Contains(origin);
}

/// <summary>CSRF protection by Fetch Metadata (https://www.w3.org/TR/fetch-metadata/).</summary>
public static class FetchMetadata
{
    private const string FetchSite = "Sec-Fetch-Site";
    private const string SameOrigin = "same-origin";

    /// <summary>
    /// Refuses what no page of the shop or of an allowed origin has sent: for endpoints that read or set a cookie.
    /// </summary>
    public static TBuilder FromAllowedOrigins<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder => endpoints
        .AddEndpointFilter(async (call, next) =>
        {
            MustBeAllowed(call.HttpContext);
            return await next(call);
        })
        .Fails(HttpErrors.Forbidden);

    private static void MustBeAllowed(HttpContext http)
    {
        var headers = http.Request.Headers;
        if (headers[FetchSite] == SameOrigin)
            return;
        var origin = headers[HeaderNames.Origin].ToString();
        if (!http.RequestServices.GetRequiredService<AllowedOrigins>().Contains(origin))
            throw new ErrorException(HttpErrors.Forbidden.Of(
                "This is for pages of the shop's own origin, over https or on localhost, and of allowed origins."));
    }
}
