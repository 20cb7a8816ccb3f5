using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Http;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Protection;

/// <summary>
/// Which rate limit each endpoint has, asked of the endpoints themselves, so that a new one can't be forgotten.
/// </summary>
public sealed class EndpointLimitTests : ShopTest
{
    private const string Api = "/api/v1/";

    // Only administrators get there, who have no limit: they act for whole storefronts.
    private const string Administration = "/api/v1/admin/";

    private static readonly string[] LimitsOfWrites =
    [
        RateLimits.SignIn, RateLimits.Registration, RateLimits.Coupons, RateLimits.Charges,
        RateLimits.Carts, RateLimits.Orders, RateLimits.Payments, RateLimits.PaymentEvents,
    ];

    private IReadOnlyList<RouteEndpoint> Endpoints =>
    [
        .. Shop.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => NameOf(endpoint).Contains(Api, StringComparison.Ordinal)),
    ];

    [Fact]
    public void Every_endpoint_has_a_rate_limit_or_a_reason()
    {
        Assert.True(Endpoints.Count >= 40);
        var faults = string.Join('\n', Endpoints.Select(FaultOf).OfType<string>());
        Assert.True(faults.Length == 0, faults);
    }

    [Fact]
    public void An_endpoint_without_a_limit_is_found()
    {
        Assert.NotNull(FaultOf(Planted("GET", "/api/v1/secrets")));
        Assert.NotNull(FaultOf(Planted("POST", "/api/v1/secrets")));
        Assert.NotNull(FaultOf(Planted("POST", "/api/v1/secrets", new EnableRateLimitingAttribute(RateLimits.Reads))));
        Assert.NotNull(FaultOf(Planted("POST", "/api/v1/secrets", new EnableRateLimitingAttribute("Unknown"))));
        Assert.NotNull(FaultOf(
            Planted(
                "GET",
                "/api/v1/secrets",
                new EnableRateLimitingAttribute(RateLimits.Reads),
                new DisableRateLimitingAttribute())));
        Assert.Null(FaultOf(Planted("GET", "/api/v1/secrets", new EnableRateLimitingAttribute(RateLimits.Reads))));
        Assert.Null(FaultOf(Planted("POST", "/api/v1/secrets", new EnableRateLimitingAttribute(RateLimits.Orders))));
        Assert.Null(FaultOf(Planted("POST", "/api/v1/admin/secrets")));
    }

    private static string? FaultOf(RouteEndpoint endpoint)
    {
        var name = NameOf(endpoint);
        if (endpoint.Metadata.GetMetadata<DisableRateLimitingAttribute>() is not null)
            return $"{name} switches its limit off";
        var limit = endpoint.Metadata.GetMetadata<EnableRateLimitingAttribute>()?.PolicyName;
        if (name.StartsWith("GET ", StringComparison.Ordinal))
            return limit == RateLimits.Reads ? null : $"{name} has the limit {limit}, not that of reads";
        if (name.Contains(Administration, StringComparison.Ordinal))
            return null;
        return LimitsOfWrites.Contains(limit) ? null : $"{name} has the limit {limit}";
    }

    private static string NameOf(RouteEndpoint endpoint) =>
        $"{endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods[0]} "
        + $"/{endpoint.RoutePattern.RawText!.Trim('/')}";

    private static RouteEndpoint Planted(string method, string path, params object[] metadata)
    {
        var endpoint = new RouteEndpointBuilder(_ => Task.CompletedTask, RoutePatternFactory.Parse(path), order: 0);
        foreach (var item in metadata.Prepend(new HttpMethodMetadata([method])))
            endpoint.Metadata.Add(item);
        return (RouteEndpoint)endpoint.Build();
    }
}
