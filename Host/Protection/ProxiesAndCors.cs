using System.Net;
using System.Net.Sockets;
using FluentValidation;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.HttpsPolicy;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Http;
using Shop.Host.Protection.Networks;

namespace Shop.Host.Protection;

/// <summary>
/// The section <c>Http</c>: proxies, HTTPS, origins and connections. Lists are JSON arrays, or one text with commas.
/// </summary>
internal sealed class HttpOptions
{
    /// <summary>
    /// Addresses or networks (<c>10.0.0.0/8</c>) of the proxies whose X-Forwarded-For and X-Forwarded-Proto are
    /// believed.
    /// </summary>
    public string[] KnownProxies { get; set; } = [];

    /// <summary>
    /// Origins whose pages may call the API from a browser (<c>https://shop.example</c>). None: no other origin's.
    /// </summary>
    public string[] AllowedOrigins { get; set; } = [];

    /// <summary>Sends http to https and tells browsers to stay there (HSTS). Not in Development.</summary>
    public bool RequireHttps { get; set; }

    /// <summary>Where https is, as clients see it.</summary>
    public int HttpsPort { get; set; } = 443;

    /// <summary>
    /// Open connections over all listeners, as far as the process may open files. The default is the 10,000 streams
    /// that a host may hold (<c>Coupons:Streams:Maximum</c>), and as many that come and go; each costs some tens of
    /// KiB.
    /// </summary>
    public int MaximumConnections { get; set; } = 20_000;

    /// <summary>A line in the log for each request, in the category <c>Shop.Access</c>.</summary>
    public bool AccessLog { get; set; }

    /// <summary>Open connections of one network, known proxies excepted; null: half of all.</summary>
    public int? MaximumConnectionsPerNetwork { get; set; }
}

internal sealed class HttpOptionsValidator : AbstractValidator<HttpOptions>
{
    public HttpOptionsValidator()
    {
        RuleForEach(options => options.KnownProxies).Must(ProxyText.IsValid)
            .WithMessage("Must be an IP address such as 10.0.0.1 or a network such as 10.0.0.0/8.");
        RuleForEach(options => options.KnownProxies).Must(proxy => !IsNearlyEverybody(proxy))
            .WithMessage("Would believe nearly everybody who connects; name the proxies' own addresses or networks.");
        RuleForEach(options => options.AllowedOrigins)
            .Must(IsOrigin)
            .WithMessage("Must be an origin such as https://shop.example, without a path.");
        RuleFor(options => options.HttpsPort).InclusiveBetween(1, 65_535);
        RuleFor(options => options.MaximumConnections).InclusiveBetween(1, 1_000_000);
        RuleFor(options => options.MaximumConnectionsPerNetwork).InclusiveBetween(1, 1_000_000);
    }

    // 10.0.0.0/8 and fc00::/7 are the largest networks that are set aside for inner use. A mapped IPv4 address counts
    // as IPv4.
    private static bool IsNearlyEverybody(string proxy)
    {
        if (!System.Net.IPNetwork.TryParse(proxy, out var network))
            return false;
        if (network.BaseAddress.AddressFamily == AddressFamily.InterNetwork)
            return network.PrefixLength < 8;
        return network.BaseAddress.IsIPv4MappedToIPv6 ? network.PrefixLength < 96 + 8 : network.PrefixLength < 7;
    }

    private static bool IsOrigin(string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri)
            && uri.Scheme is "http" or "https"
            && origin == uri.GetLeftPart(UriPartial.Authority);
}

/// <summary>Proxies, https and other origins: all off until it is configured.</summary>
internal static class ProxiesAndCors
{
    private static readonly TimeSpan PreflightAge = TimeSpan.FromHours(1);

    public static void AddProxiesAndCors(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<HttpOptions, HttpOptionsValidator>(configuration, "Http");

        services.AddOptions<ForwardedHeadersOptions>()
            .Configure<IOptions<HttpOptions>>((headers, options) => Believe(headers, options.Value.KnownProxies));
        services.AddOptions<HttpsRedirectionOptions>().Configure<IOptions<HttpOptions>>((https, options) =>
        {
            https.HttpsPort = options.Value.HttpsPort;
            https.RedirectStatusCode = StatusCodes.Status308PermanentRedirect;
        });
        services.AddCors();
        services.AddSingleton(provider => new AllowedOrigins(
            provider.GetRequiredService<IOptions<HttpOptions>>().Value.AllowedOrigins));
        services.AddSingleton<KnownProxies>();
    }

    /// <summary>The client's address and scheme, before all other middleware.</summary>
    public static void UseKnownProxies(this WebApplication app)
    {
        // Without a list the middleware would believe everybody.
        if (app.Services.GetRequiredService<IOptions<HttpOptions>>().Value.KnownProxies.Length > 0)
            app.UseForwardedHeaders();
    }

    public static void UseProxiesAndCors(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<IOptions<HttpOptions>>().Value;
        if (options.RequireHttps && !app.Environment.IsDevelopment())
        {
            app.UseHsts();
            // Probes ask from within, in plain http.
            app.UseWhen(
                http => !http.Request.Path.StartsWithSegments("/health", StringComparison.OrdinalIgnoreCase),
                pages => pages.UseHttpsRedirection());
        }

        if (options.AllowedOrigins.Length > 0)
        {
            // Cookies come with calls of browser sessions alone.
            app.UseWhen(TakesCookies, api => api.UseCors(cors => Allow(cors, options).AllowCredentials()));
            app.UseWhen(http => !TakesCookies(http), api => api.UseCors(cors => Allow(cors, options)));
        }
    }

    private static bool TakesCookies(HttpContext http) =>
        http.Request.Path.StartsWithSegments("/api/v1/browser-sessions", StringComparison.OrdinalIgnoreCase);

    private static CorsPolicyBuilder Allow(CorsPolicyBuilder cors, HttpOptions options) => cors
        .WithOrigins(options.AllowedOrigins)
        .WithMethods("GET", "POST", "PUT", "PATCH", "DELETE")
        .WithHeaders(
            "Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", LogPositionHeader.Name)
        .WithExposedHeaders("ETag", "Location", "Retry-After", "Idempotent-Replayed", LogPositionHeader.Name)
        .SetPreflightMaxAge(PreflightAge);

    private static void Believe(ForwardedHeadersOptions headers, string[] proxies)
    {
        headers.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
        // As many hops as there are known proxies in a row: the first unknown address is the client.
        headers.ForwardLimit = null;
        headers.KnownProxies.Clear();
        headers.KnownIPNetworks.Clear();
        foreach (var proxy in proxies)
        {
            if (IPAddress.TryParse(proxy, out var address))
                headers.KnownProxies.Add(address);
            else
                headers.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(proxy));
        }
    }
}
