using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Http;
using Shop.IntegrationTests.Operations;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

/// <summary>
/// Every operation below <c>/admin</c> that changes something leaves a row; one that only reads leaves none.
/// </summary>
public sealed partial class ActivityWalkTests : DeadLetterTest
{
    // Bodies of operations whose documented example names things that this shop has not.
    private static readonly Dictionary<string, string> Bodies = new()
    {
        ["CreateCategory"] = """{"name": "Tea"}""",
        ["ChangeCategory"] = """{"name": "Tea and coffee"}""",
        ["AdjustWallet"] = """{"amount": 1000, "reason": "Goodwill"}""",
    };

    private ShopClient caller = null!;

    [Theory]
    [InlineData(CallerType.User)]
    [InlineData(CallerType.ApiKey)]
    public async Task Every_operation_of_staff_leaves_its_row(CallerType type)
    {
        caller = type == CallerType.User ? Admin : Shop.Client((await Admin.PostAsync(
            "/admin/api-keys", new { name = "Everything", permissions = PermissionNames.All }))
            .Expect(HttpStatusCode.Created)["key"].GetString());
        var document = (await Anonymous.GetAsync("//openapi/v1.json")).Expect(HttpStatusCode.OK).Body;
        var operations = document.GetProperty("paths").EnumerateObject()
            .Where(path => path.Name.StartsWith("/api/v1/admin/", StringComparison.Ordinal))
            .SelectMany(path => path.Value.EnumerateObject()
                .Select(operation => (Path: path.Name["/api/v1".Length..], Method: operation.Name, operation.Value)))
            .ToList();
        Assert.True(operations.Count > 20, $"Only {operations.Count} operations were found.");

        var faults = new List<string>();
        foreach (var (path, method, operation) in operations)
        {
            var id = operation.GetProperty("operationId").GetString()!;
            var before = await CountAsync();
            if (await SendAsync(path, method, operation, id) is not { } answer)
                faults.Add($"{id}: say in ActivityWalkTests.IdAsync what an id of {path} is.");
            else if ((int)answer.Status is < 200 or >= 300)
                faults.Add(
                    $"{id}: the documented example is {(int)answer.Status} {answer.Text}; give another in Bodies.");
            else if (await LeftAsync(before) is var left
                && left != (method == "get" ? "" : $"{EnumNames.Of(type)} {id}"))
                faults.Add($"{id}: leaves '{left}' in identity.activity.");
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Fact]
    public void On_behalf_of_a_customer_all_but_everyday_operations_of_a_storefront_are_recorded()
    {
        var callers = new Callers();
        var staff = Caller.OfUser(1, Permissions.UsersActFor, callers);
        var storefront = Caller.OfApiKey(Guid.NewGuid(), 1, Permissions.UsersActFor, callers);
        var endpoints = Shop.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText!.Contains("api/v1/", StringComparison.Ordinal)
                && endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null
                && endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods[0] != "GET")
            .ToList();
        var names = endpoints.Select(NameOf).ToList();
        Assert.Equal(names, endpoints.Where(endpoint => IsRecorded(endpoint, staff)).Select(NameOf));
        var customer = Caller.OfUser(1, Permissions.None, callers);
        Assert.DoesNotContain(endpoints, endpoint => IsRecorded(endpoint, customer));
        Assert.Equal(
            [
                "AddToCart", "CancelOrder", "ChargeWallet", "Checkout", "ClearCart", "ConfirmTopUp", "CreateTopUp",
                "IssueCoupon", "LeaveQueue", "PayOrder", "PlaceOrder", "RedeemCode", "RequestCoupon", "SetInCart",
                "TakeOutOfCart",
            ],
            names.Except(endpoints.Where(endpoint => IsRecorded(endpoint, storefront)).Select(NameOf))
                .Order(StringComparer.Ordinal));

        static string NameOf(RouteEndpoint endpoint) =>
            endpoint.Metadata.GetMetadata<IEndpointNameMetadata>()!.EndpointName;

        static bool IsRecorded(RouteEndpoint endpoint, Caller caller)
        {
            var http = new DefaultHttpContext();
            http.Request.Method = endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods[0];
            http.SetEndpoint(endpoint);
            return RecordedOperation.Of(http, caller) is not null;
        }
    }

    private sealed class Callers : IUserPermissions
    {
        public Permissions Of(long userId) => Permissions.None;
    }

    private async Task<Answer?> SendAsync(string path, string method, JsonElement operation, string id)
    {
        foreach (Match parameter in PathParameter().Matches(path))
        {
            if (await IdAsync(parameter.Groups["name"].Value) is not { } value)
                return null;
            path = path.Replace(parameter.Value, value, StringComparison.Ordinal);
        }

        // The requests that made the id have left rows of their own.
        marked = await CountAsync();
        if (operation.TryGetProperty("requestBody", out var file)
            && file.GetProperty("content").TryGetProperty("text/csv", out var csv))
            return await caller.PostFileAsync(path, Encoding.UTF8.GetBytes(csv.GetProperty("example").GetString()!));
        var body = operation.TryGetProperty("requestBody", out var described)
            && described.GetProperty("content").TryGetProperty("application/json", out var json)
                ? Bodies.GetValueOrDefault(id) ?? json.GetProperty("example").GetRawText()
                : null;
        return body is null
            ? method switch
            {
                "get" => await caller.GetAsync(path),
                "delete" => await caller.DeleteAsync(path),
                _ => await caller.PostAsync(path),
            }
            : await caller.SendRawAsync(HttpMethod.Parse(method), path, body);
    }

    private long marked;

    private async Task<string?> IdAsync(string parameter) => parameter switch
    {
        "productId" => $"{await CreateProductAsync()}",
        "userId" => $"{(await SignUpAsync()).UserId}",
        "couponId" => $"{(await Admin.PostAsync("/admin/coupons", Coupon)).Expect(HttpStatusCode.Created)["couponId"]}",
        "categoryId" => $"{(await Admin.PostAsync("/admin/categories", new { name = $"Category {marked}" }))
            .Expect(HttpStatusCode.Created)["categoryId"]}",
        "userCouponId" => $"{await IssuedCouponAsync()}",
        "apiKeyId" => (
            await Admin.PostAsync("/admin/api-keys", new { name = "Key", permissions = new[] { "users:read" } }))
            .Expect(HttpStatusCode.Created)["apiKeyId"].GetString(),
        "orderId" => $"{await PaidOrderAsync(await CreateProductAsync())}",
        "webhookId" => (await Admin.PostAsync(
            "/admin/webhooks",
            new { url = "https://203.0.113.10/hooks", types = new[] { "order.paid" }, name = "ERP" }))
            .Expect(HttpStatusCode.Created)["webhookId"].GetString(),
        "importId" => (await Admin.PostFileAsync("/admin/imports/products", "name\n"u8.ToArray()))
            .Expect(HttpStatusCode.Accepted)["importId"].GetString(),
        "id" => await LetterIdAsync(),
        _ => null,
    };

    private static object Coupon => new
    {
        name = "A tenth off",
        discount = new { type = "PERCENT", value = 10 },
        quantity = 10,
        issueFrom = "2020-01-01T00:00:00Z",
        issueUntil = "2099-01-01T00:00:00Z",
        validUntil = "2099-01-01T00:00:00Z",
    };

    private async Task<long> IssuedCouponAsync()
    {
        var coupon = (await Admin.PostAsync("/admin/coupons", Coupon)).Expect(HttpStatusCode.Created)["couponId"];
        var customer = await SignUpAsync();
        return (await customer.PostAsync($"/coupons/{coupon}/issue", new { userId = customer.UserId }))
            .Expect(HttpStatusCode.Created)["userCouponId"].GetInt64();
    }

    private async Task<string> LetterIdAsync()
    {
        await PlantDeadDeliveriesAsync(1);
        return (await LettersAsync())[0].GetProperty("id").GetString()!;
    }

    private Task<long> CountAsync() => Shop.QueryAsync<long>("select count(*) from identity.activity");

    /// <returns>The actions since, without those that made the operation's ids.</returns>
    private async Task<string> LeftAsync(long before) => await Shop.QueryAsync<string>($"""
        select coalesce(string_agg(concat_ws(' ', actor_type, action), '; '), '') from (
            select actor_type, action from identity.activity
            order by occurred_at, activity_id offset {Math.Max(before, marked)}) a
        """) ?? "";

    [GeneratedRegex(@"\{(?<name>\w+)\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PathParameter();
}
