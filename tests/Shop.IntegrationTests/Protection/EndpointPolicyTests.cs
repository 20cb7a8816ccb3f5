using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Http;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Protection;

/// <summary>The policy of each call, asked of the endpoints themselves, so that a new one can't be forgotten.</summary>
public sealed class EndpointPolicyTests : ShopTest
{
    private const string Api = "/api/v1/";

    private static readonly string[] OpenToAll =
    [
        "GET /api/v1/categories",
        "GET /api/v1/coupons",
        "GET /api/v1/coupons/{couponId:long}",
        "GET /api/v1/products",
        "GET /api/v1/products/popular",
        "GET /api/v1/products/suggestions",
        "GET /api/v1/products/{productId:long}",
        "POST /api/v1/browser-sessions",
        "POST /api/v1/browser-sessions/refresh",
        "POST /api/v1/fake-payments",
        "POST /api/v1/password-resets",
        "POST /api/v1/payment-events/{provider}",
        "POST /api/v1/sessions",
        "POST /api/v1/sessions/refresh",
        "POST /api/v1/users",
    ];

    private IReadOnlyList<RouteEndpoint> Endpoints =>
        [
            .. Shop.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
                .Where(endpoint => NameOf(endpoint).Contains(Api, StringComparison.Ordinal)),
        ];

    [Fact]
    public void Every_endpoint_says_who_may_call_it()
    {
        Assert.True(Endpoints.Count >= 40);
        var faults = string.Join('\n', Endpoints.Select(FaultOf).OfType<string>());
        Assert.True(faults.Length == 0, faults);
    }

    [Fact]
    public void The_list_of_what_is_open_to_all_is_complete() => Assert.Equal(
        OpenToAll.Order(StringComparer.Ordinal),
        Endpoints.Where(endpoint => endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            .Select(NameOf)
            .Order(StringComparer.Ordinal));

    [Fact]
    public void An_endpoint_that_is_too_open_is_found()
    {
        const string Secrets = "/api/v1/secrets";
        const string SecretsOfUser = "/api/v1/users/{userId:long}/secrets";
        var (open, signedIn) = (new AllowAnonymousAttribute(), new AuthorizeAttribute(Policies.SignedIn));
        AssertFault("no policy", Secrets);
        AssertFault("open to all", Secrets, open);
        AssertFault("no permission", "/api/v1/admin/secrets", signedIn);
        AssertFault("Owner", SecretsOfUser, signedIn);
        AssertFault("open to all", SecretsOfUser, new AuthorizeAttribute(Policies.Owner), open);
        Assert.Null(FaultOf(Planted(Secrets, signedIn)));

        static void AssertFault(string fault, string path, params object[] metadata) =>
            Assert.Contains(fault, FaultOf(Planted(path, metadata)), StringComparison.Ordinal);
    }

    private static string? FaultOf(RouteEndpoint endpoint)
    {
        var name = NameOf(endpoint);
        var policies = endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>().Select(data => data.Policy).ToList();
        if (endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            return OpenToAll.Contains(name) ? null : $"{name} is open to all";
        if (policies.Count == 0)
            return $"{name} has no policy";
        var isAdmins = name.Contains($"{Api}admin/", StringComparison.Ordinal);
        var needsPermission = policies.Contains(Policies.Permission)
            && endpoint.Metadata.GetMetadata<PermissionNeeded>() is not null;
        if (isAdmins && !needsPermission)
            return $"{name} names no permission";
        var isUsers = !isAdmins && name.Contains("{userId", StringComparison.Ordinal);
        return isUsers && !policies.Contains(Policies.Owner) ? $"{name} lacks the policy Owner" : null;
    }

    private static string NameOf(RouteEndpoint endpoint)
    {
        var method = endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods[0];
        return $"{method} /{endpoint.RoutePattern.RawText!.Trim('/')}";
    }

    private static RouteEndpoint Planted(string path, params object[] metadata)
    {
        var endpoint = new RouteEndpointBuilder(_ => Task.CompletedTask, RoutePatternFactory.Parse(path), order: 0);
        foreach (var item in metadata.Prepend(new HttpMethodMetadata([HttpMethods.Get])))
            endpoint.Metadata.Add(item);
        return (RouteEndpoint)endpoint.Build();
    }
}
