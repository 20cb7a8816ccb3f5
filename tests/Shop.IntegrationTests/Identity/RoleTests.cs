using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Http;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

/// <summary>The permissions of each role at every endpoint below <c>/admin</c>.</summary>
public sealed partial class RoleTests : IdentityTest
{
    private static readonly (string Role, string Permissions)[] Matrix =
    [
        ("CUSTOMER", ""),
        ("SUPPORT", "users:read,users:act-for,orders:read,orders:refund"),
        ("CATALOG_MANAGER", "catalog:write,orders:read"),
        ("MARKETER", "coupons:write,users:read"),
        ("FINANCE", "orders:read,orders:refund,wallet:adjust,users:read,activity:read"),
        ("OPERATOR", "operations:read,operations:write,activity:read,orders:read,orders:fulfil"),
    ];

    [Fact]
    public async Task A_role_that_one_host_gave_opens_its_endpoints_on_another_and_no_other()
    {
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString);
        var operations = await OperationsAsync();
        Assert.True(operations.Count >= 18);
        foreach (var (role, permissions) in Matrix)
        {
            var user = await SignUpStaffAsync(role);
            var there = (await OpenSessionAsync(user.Email)).Client(other);
            var own = (await there.GetAsync("/users/me")).Expect(HttpStatusCode.OK)["permissions"].EnumerateArray()
                .Select(permission => permission.GetString()!);
            Assert.Equal(
                permissions.Split(',', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal),
                own.Order(StringComparer.Ordinal));
            foreach (var (method, path, permission) in operations)
            {
                var answer = await SendAsync(there, method, path);
                if (permissions.Split(',').Contains(permission))
                    Assert.True(
                        answer.Status is not (HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized),
                        $"{role}: {method} {path} is {answer.Status}");
                else
                    answer.ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
            }
        }
    }

    [Fact]
    public async Task Every_admin_operation_of_the_document_names_the_permission_that_its_endpoint_asks_for()
    {
        var documented = (await OperationsAsync())
            .Select(operation => $"{operation.Method} {operation.Path} {operation.Permission}");
        var asked = Shop.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText!.Contains("/admin/", StringComparison.Ordinal))
            .Select(endpoint =>
                $"{endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods[0]} "
                + $"/{Constraint().Replace(endpoint.RoutePattern.RawText!.Trim('/'), "}")} "
                + PermissionNames.Of(endpoint.Metadata.GetMetadata<PermissionNeeded>()!.Permission).Single());
        Assert.Equal(asked.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Users_read_reads_users_wallets_and_coupons_of_anybody_and_changes_nothing()
    {
        var customer = await SignUpAsync(balance: 1_000);
        var marketer = await SignUpStaffAsync("MARKETER");
        foreach (var path in (string[])["", "/balance", "/balance/history", "/coupons"])
            (await marketer.GetAsync($"/users/{customer.UserId}{path}")).Expect(HttpStatusCode.OK);
        foreach (var path in (string[])["/orders", "/payments", "/cart"])
            (await marketer.GetAsync($"/users/{customer.UserId}{path}"))
                .ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await marketer.PostAsync($"/users/{customer.UserId}/balance/charges", new { amount = 1 }))
            .ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
    }

    [Fact]
    public async Task Orders_read_reads_orders_and_payments_of_anybody_and_changes_nothing()
    {
        var customer = await SignUpAsync(balance: 1_000);
        var orderId = await customer.PlaceAsync((await CreateProductAsync(price: 100), 1));
        var paymentId = (await customer.PayAsync(orderId)).Expect(HttpStatusCode.Created)["paymentId"].GetGuid();
        var reader = await SignUpStaffAsync("CATALOG_MANAGER");
        string[] paths =
        [
            $"/users/{customer.UserId}/orders",
            $"/users/{customer.UserId}/payments",
            $"/orders/{orderId}",
            $"/payments/{paymentId}",
        ];
        foreach (var path in paths)
            (await reader.GetAsync(path)).Expect(HttpStatusCode.OK);
        (await reader.GetAsync($"/users/{customer.UserId}")).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await reader.PostAsync($"/orders/{orderId}/cancel"))
            .ExpectProblem(HttpStatusCode.NotFound, "orders.not_found");

        // With orders:refund and without users:act-for.
        var finance = await SignUpStaffAsync("FINANCE");
        Assert.Equal("REFUNDED", (await finance.PostAsync($"/orders/{orderId}/cancel"))
            .Expect(HttpStatusCode.OK)["status"].GetString());
    }

    [Fact]
    public async Task Support_acts_for_customers_and_for_nobody_with_a_permission_that_it_lacks()
    {
        var product = await CreateProductAsync(price: 100);
        var customer = await SignUpAsync();
        var support = await SignUpStaffAsync("SUPPORT");
        var marketer = await SignUpStaffAsync("MARKETER");
        (await support.PostAsync($"/users/{customer.UserId}/balance/charges", new { amount = 1_000 }))
            .Expect(HttpStatusCode.OK);
        (await support.PostAsync("/checkout", Order(customer.UserId, product))).Expect(HttpStatusCode.Created);
        (await support.GetAsync($"/users/{customer.UserId}/cart")).Expect(HttpStatusCode.OK);

        (await support.PostAsync("/checkout", Order(marketer.UserId, product)))
            .ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await support.GetAsync($"/users/{marketer.UserId}/cart"))
            .ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await support.GetAsync($"/users/{marketer.UserId}/balance")).Expect(HttpStatusCode.OK);
        (await marketer.PostAsync("/checkout", Order(customer.UserId, product)))
            .ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await support.PostAsync("/checkout", Order(999_999, product)))
            .ExpectProblem(HttpStatusCode.NotFound, "wallet.user_not_found");
    }

    [Fact]
    public async Task Acting_for_a_customer_does_not_show_or_end_its_sessions()
    {
        var (customer, support) = (await SignUpAsync(), await SignUpStaffAsync("SUPPORT"));
        var path = $"/users/{customer.UserId}/sessions";

        (await support.GetAsync(path)).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await support.Client.DeleteAsync(path)).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        Assert.Single((await customer.GetAsync(path)).Expect(HttpStatusCode.OK)["items"].EnumerateArray());
    }

    [Fact]
    public async Task Nobody_acts_for_a_disabled_user_with_a_permission_that_they_lack()
    {
        var (marketer, support) = (await SignUpStaffAsync("MARKETER"), await SignUpStaffAsync("SUPPORT"));
        (await Admin.PatchAsync($"/admin/users/{marketer.UserId}", new { status = "DISABLED" }))
            .Expect(HttpStatusCode.OK);

        (await support.GetAsync($"/users/{marketer.UserId}/cart"))
            .ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
    }

    [Fact]
    public async Task A_role_of_a_moment_ago_covers_on_a_host_that_has_not_read_it()
    {
        var user = await SignUpAsync();
        var sessionId = (await user.GetAsync($"/users/{user.UserId}/sessions"))["items"][0].GetProperty("sessionId");
        var key = await ApiKeyAsync("users:write");
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString);
        var there = other.Client(key.AccessToken);
        (await there.GetAsync($"/users/{user.UserId}/sessions")).Expect(HttpStatusCode.OK);

        // No worker of the other host runs, so it knows a customer.
        (await Admin.PatchAsync($"/admin/users/{user.UserId}", new { role = "FINANCE" })).Expect(HttpStatusCode.OK);
        var path = $"/users/{user.UserId}";
        foreach (var answer in (Answer[])
        [
            await there.PatchAsync(path, new { name = "Renamed" }),
            await there.DeleteAsync($"{path}/sessions"),
            await there.DeleteAsync($"{path}/sessions/{sessionId}"),
            await there.GetAsync($"{path}/export"),
            await there.PostAsync($"{path}/erasure", new { forfeit = true }),
            await there.PostAsync($"/admin{path}/password-resets"),
        ])
            answer.ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        Assert.Equal("Customer", (await user.GetAsync(path)).Expect(HttpStatusCode.OK)["name"].GetString());
    }

    private static object Order(long userId, long product) =>
        new { userId, items = new[] { new { productId = product, quantity = 1 } } };

    private static Task<Answer> SendAsync(ShopClient client, string method, string path)
    {
        var existing = Parameter().Replace(
            path["/api/v1".Length..],
            parameter => parameter.Value is "{apiKeyId}" or "{importId}" or "{orderId}" or "{webhookId}"
                ? $"{Guid.Empty}"
                : "0");
        return method switch
        {
            "GET" => client.GetAsync(existing),
            "POST" when path.Contains("/imports/") => client.PostFileAsync(existing, "name\n"u8.ToArray()),
            "POST" => client.PostAsync(existing, new { }),
            "PATCH" => client.PatchAsync(existing, new { }),
            "PUT" => client.PutAsync(existing, new { }),
            _ => client.DeleteAsync(existing),
        };
    }

    private async Task<List<(string Method, string Path, string Permission)>> OperationsAsync() =>
        [.. (await Anonymous.GetAsync("//openapi/v1.json")).Expect(HttpStatusCode.OK)["paths"].EnumerateObject()
            .Where(path => path.Name.StartsWith("/api/v1/admin/", StringComparison.Ordinal))
            .SelectMany(path => path.Value.EnumerateObject()
                .Select(operation => (operation.Name.ToUpperInvariant(), path.Name, PermissionOf(operation.Value))))];

    private static string PermissionOf(JsonElement operation)
    {
        var permission = operation.GetProperty("x-permission").GetString()!;
        Assert.Contains($"`{permission}`", operation.GetProperty("description").GetString(), StringComparison.Ordinal);
        return permission;
    }

    [GeneratedRegex(@"\{\w+\}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Parameter();

    [GeneratedRegex(@":\w+\}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Constraint();
}
