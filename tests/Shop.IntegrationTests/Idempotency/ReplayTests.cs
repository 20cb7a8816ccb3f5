using System.Net;
using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Http;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Idempotency;

public sealed class ReplayTests : ShopTest
{
    private static readonly string[] NotReplayed = ["dead-letters", "api-keys", "password-resets", "webhooks"];

    [Fact]
    public async Task The_same_request_gets_the_first_answer_again_and_has_one_effect()
    {
        var customer = await SignUpAsync();
        var first = (await ChargeAsync(customer, "charge-1")).Expect(HttpStatusCode.OK);
        var again = (await ChargeAsync(customer, "charge-1")).Expect(HttpStatusCode.OK);

        Assert.False(first.IsReplay);
        Assert.True(again.IsReplay);
        Assert.Equal(first.Text, again.Text);
        Assert.Equal(first.ContentType, again.ContentType);
        Assert.Equal(5_000, await customer.BalanceAsync());
    }

    [Fact]
    public async Task Status_and_location_come_again_too()
    {
        var customer = await SignUpAsync(balance: 10_000);
        var product = await CreateProductAsync();
        var order = new { userId = customer.UserId, items = new[] { new { productId = product, quantity = 2 } } };

        foreach (var path in (string[])["/orders", "/checkout"])
        {
            var first = (await customer.PostWithKeyAsync($"key-of-{path}", path, order)).Expect(HttpStatusCode.Created);
            var again = (await customer.PostWithKeyAsync($"key-of-{path}", path, order)).Expect(HttpStatusCode.Created);
            Assert.NotNull(first.Headers.Location);
            Assert.Equal(first.Headers.Location, again.Headers.Location);
            Assert.Equal(first.Text, again.Text);
            Assert.True(again.IsReplay);
        }

        Assert.Equal(96, await StockOfAsync(product));
        Assert.Equal(8_000, await customer.BalanceAsync());
    }

    [Fact]
    public async Task White_space_and_the_order_of_members_make_no_other_request()
    {
        var customer = await SignUpAsync();
        var product = await CreateProductAsync();
        var first = (await customer.PostWithKeyAsync(
            "k", "/orders", $$"""{"userId":{{customer.UserId}},"items":[{"productId":{{product}},"quantity":1}]}"""))
            .Expect(HttpStatusCode.Created);
        var again = (await customer.PostWithKeyAsync(
            "k",
            "/orders",
            $$"""{ "items": [ {"quantity": 1, "productId": {{product}}} ], "userId": {{customer.UserId}} }"""))
            .Expect(HttpStatusCode.Created);
        Assert.Equal(first.Text, again.Text);
    }

    [Fact]
    public async Task Another_request_with_the_key_is_refused_before_any_rule()
    {
        var customer = await SignUpAsync(balance: 5_000);
        (await ChargeAsync(customer, "k")).Expect(HttpStatusCode.OK);

        (await customer.PostWithKeyAsync("k", Charges(customer), new { amount = 1 })).ExpectProblem(
            HttpStatusCode.UnprocessableEntity, "idempotency.key_reused");
        (await customer.PostWithKeyAsync("k", "/payments", new { orderId = Guid.NewGuid() })).ExpectProblem(
            HttpStatusCode.UnprocessableEntity, "idempotency.key_reused");
        Assert.Equal(10_000, await customer.BalanceAsync());
    }

    [Fact]
    public async Task A_key_is_its_callers()
    {
        var (one, two) = (await SignUpAsync(), await SignUpAsync());
        Assert.False((await ChargeAsync(one, "k")).Expect(HttpStatusCode.OK).IsReplay);
        Assert.False((await ChargeAsync(two, "k")).Expect(HttpStatusCode.OK).IsReplay);
        // An administrator who acts for a customer is a caller of its own.
        Assert.False(
            (await Admin.PostWithKeyAsync("k", Charges(one), new { amount = 5_000 })).Expect(
                HttpStatusCode.OK).IsReplay);
        Assert.Equal(10_000, await one.BalanceAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("a,\tb")]
    public async Task A_malformed_key_is_refused(string key)
    {
        var customer = await SignUpAsync();
        (await ChargeAsync(customer, key)).ExpectProblem(HttpStatusCode.BadRequest, "idempotency.invalid_key");
        Assert.Equal(0, await customer.BalanceAsync());
    }

    [Fact]
    public async Task A_key_has_at_most_255_characters()
    {
        var customer = await SignUpAsync();
        (await ChargeAsync(customer, new string('~', 256))).ExpectProblem(
            HttpStatusCode.BadRequest, "idempotency.invalid_key");
        (await ChargeAsync(customer, new string('!', 255))).Expect(HttpStatusCode.OK);
        Assert.True((await ChargeAsync(customer, new string('!', 255))).IsReplay);
    }

    [Fact]
    public async Task A_refusal_that_changed_nothing_is_not_kept()
    {
        var customer = await SignUpAsync(balance: 10_000);
        var product = await CreateProductAsync(price: 1_000, stock: 0);
        var order = new { userId = customer.UserId, items = new[] { new { productId = product, quantity = 1 } } };
        (await customer.PostWithKeyAsync("k", "/checkout", order)).ExpectProblem(
            HttpStatusCode.Conflict, "catalog.out_of_stock");
        (await customer.PostWithKeyAsync("c", Charges(customer), new { amount = 10_000_000 })).ExpectProblem(
            HttpStatusCode.Conflict, "wallet.maximum_balance_exceeded");

        (await Admin.PostAsync(
            $"/admin/products/{product}/stock-adjustments",
            new { delta = 5, reason = "delivery" })).Expect(HttpStatusCode.OK);
        Assert.False(
            (await customer.PostWithKeyAsync("k", "/checkout", order)).Expect(HttpStatusCode.Created).IsReplay);
        (await customer.PostWithKeyAsync("c", Charges(customer), new { amount = 1_000 })).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_failed_payment_is_kept()
    {
        var customer = await SignUpAsync(balance: 1_000);
        var orderId = await customer.PlaceAsync((await CreateProductAsync(price: 1_500), 1));
        var first = await customer.PostWithKeyAsync("pay", "/payments", new { orderId });
        first.ExpectProblem(HttpStatusCode.Conflict, "payments.insufficient_balance");
        (await ChargeAsync(customer, "more")).Expect(HttpStatusCode.OK);

        var again = await customer.PostWithKeyAsync("pay", "/payments", new { orderId });
        again.ExpectProblem(HttpStatusCode.Conflict, "payments.insufficient_balance");
        Assert.Equal(first.Text, again.Text);
        Assert.False(first.IsReplay);
        Assert.True(again.IsReplay);
        // Without the key it is another question.
        (await customer.PayAsync(orderId)).ExpectProblem(HttpStatusCode.Conflict, "orders.not_payable");
    }

    [Fact]
    public async Task Every_post_of_a_signed_in_user_honours_its_key()
    {
        var customer = await SignUpAsync(balance: 100_000);
        var product = await CreateProductAsync();
        var coupon = Coupon();
        var line = (await Admin.PostAsync("/admin/coupons", coupon))
            .Expect(HttpStatusCode.Created)["couponId"]
            .GetInt64();
        var held = (await Admin.PostAsync("/admin/coupons", coupon))
            .Expect(HttpStatusCode.Created)["couponId"]
            .GetInt64();
        var byCode = (await Admin.PostAsync("/admin/coupons", coupon))
            .Expect(HttpStatusCode.Created)["couponId"]
            .GetInt64();
        (await Admin.PostAsync($"/admin/coupons/{byCode}/codes", new { code = "ANOTHER-1", uses = 5 })).Expect(
            HttpStatusCode.Created);
        var revoked = (await Admin.PostAsync($"/coupons/{line}/issue", new { userId = (await SignUpAsync()).UserId }))
            .Expect(HttpStatusCode.Created)["userCouponId"]
            .GetInt64();
        var (paid, cancelled) = (await customer.PlaceAsync((product, 1)), await customer.PlaceAsync((product, 1)));
        var sent = await customer.PlaceAsync((product, 1));
        (await customer.PayAsync(sent)).Expect(HttpStatusCode.Created);
        var items = new[] { new { productId = product, quantity = 1 } };

        var topUpId = (await customer.PostAsync($"/users/{customer.UserId}/top-ups", new { amount = 1_000 }))
            .Expect(HttpStatusCode.Created)["topUpId"]
            .GetGuid();
        var providerPaymentId = (await customer.PostAsync(
            "/fake-payments", new { orderId = topUpId, amount = 1_000, approve = true }))
            .Expect(HttpStatusCode.OK)["providerPaymentId"]
            .GetString();

        (ShopClient Client, string Path, object? Body)[] posts =
        [
            (customer.Client, Charges(customer), new { amount = 1_000 }),
            (customer.Client, $"/users/{customer.UserId}/top-ups", new { amount = 1_000 }),
            (customer.Client, $"/top-ups/{topUpId}/confirm", new { providerPaymentId }),
            (customer.Client, $"/users/{customer.UserId}/cart/items", new { productId = product, quantity = 1 }),
            (customer.Client, "/orders", new { userId = customer.UserId, items }),
            (customer.Client, "/checkout", new { userId = customer.UserId, items }),
            (customer.Client, "/payments", new { orderId = paid }),
            (Admin, $"/orders/{paid}/refunds", new { items, reason = "came broken" }),
            (Admin, $"/admin/orders/{sent}/fulfilment", new { reference = "parcel 1" }),
            (customer.Client, $"/orders/{cancelled}/cancel", new { reason = "changed my mind" }),
            (customer.Client, $"/coupons/{held}/issue", new { userId = customer.UserId }),
            (customer.Client, $"/coupons/{line}/requests", new { userId = customer.UserId }),
            (Admin, $"/admin/users/{customer.UserId}/balance/adjustments", new { amount = -1, reason = "counted" }),
            (Admin, "/admin/users", new { email = "kept@example.com", name = "Kept" }),
            (Admin, $"/users/{(await SignUpAsync()).UserId}/erasure", new { forfeit = true }),
            (Admin, "/admin/products", new { name = "Mouse", price = 1, stock = 1 }),
            (Admin, $"/admin/products/{product}/stock-adjustments", new { delta = 1, reason = "found one" }),
            (Admin, "/admin/categories", new { name = "Mice" }),
            (Admin, "/admin/coupons", coupon),
            (Admin, $"/admin/coupons/{line}/codes", new { code = "REPLAY", uses = 5 }),
            (customer.Client, "/coupon-codes/redeem", new { userId = customer.UserId, code = "ANOTHER-1" }),
            (Admin, $"/admin/coupons/{line}/grants", new { userIds = new[] { (await SignUpAsync()).UserId } }),
            (Admin, $"/admin/user-coupons/{revoked}/revocation", new { reason = "by mistake" }),
            (Admin, "/admin/ranking/recompute", null),
            (Admin, "/admin/imports/products", "name\n"u8.ToArray()),
        ];
        var missing = string.Join('\n', Shop.Services.GetRequiredService<EndpointDataSource>().Endpoints
            .OfType<RouteEndpoint>()
            .Where(TakesKeys)
            .Select(endpoint => endpoint.RoutePattern)
            // Of dead letters there are none here. API keys, reset tokens and webhooks' secrets are not kept.
            .Where(pattern => !NotReplayed.Any(pattern.RawText!.Contains))
            .Where(pattern => !posts.Any(post => Matches(pattern, post.Path)))
            .Select(pattern =>
                $"POST {pattern.RawText} has no line in tests/Shop.IntegrationTests/Idempotency/ReplayTests.cs."));
        Assert.True(missing.Length == 0, missing);
        for (var i = 0; i < posts.Length; i++)
        {
            var (client, path, body) = posts[i];
            var first = await PostAsync();
            var again = await PostAsync();
            Assert.True((int)first.Status is >= 200 and < 300, $"{path}: {first.Text}");
            Assert.True(again.IsReplay, $"{path}: {again.Text}");
            Assert.Equal(
                (first.Status, first.Text, first.Headers.Location), (again.Status, again.Text, again.Headers.Location));

            Task<Answer> PostAsync() => body is byte[] file
                ? client.PostFileAsync(path, file, $"post-{i}")
                : client.PostWithKeyAsync($"post-{i}", path, body);
        }
    }

    private static bool TakesKeys(Endpoint endpoint) =>
        endpoint.Metadata.GetMetadata<MethodInfo>() is { } method
        && method.GetParameters().Any(parameter => parameter.ParameterType == typeof(IdempotentSender));

    private static bool Matches(RoutePattern pattern, string path) =>
        new TemplateMatcher(new RouteTemplate(pattern), []).TryMatch($"/api/v1{path}", []);

    private static object Coupon() => new
    {
        name = "Welcome",
        discount = new { type = "FIXED", value = 500 },
        quantity = 10,
        issueFrom = DateTimeOffset.UtcNow.AddDays(-1),
        issueUntil = DateTimeOffset.UtcNow.AddDays(1),
        validUntil = DateTimeOffset.UtcNow.AddDays(2),
    };

    private static string Charges(Customer customer) => $"/users/{customer.UserId}/balance/charges";

    private static Task<Answer> ChargeAsync(Customer customer, string key) =>
        customer.PostWithKeyAsync(key, Charges(customer), new { amount = 5_000 });
}
