using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Http;

/// <summary>
/// The members of answers and refusals, as clients know them: wallets, carts, orders, payments and accounts. Each is
/// there, null where it has no value.
/// </summary>
public sealed class AnswerMemberTests : ShopTest
{
    private const string Order = "orderId userId status items itemsAmount discountAmount totalAmount userCouponId "
        + "paymentId placedBy refundedAmount cancelReason fulfilledAt fulfilmentReference createdAt expiresAt closedAt";

    private const string Payment = "paymentId orderId userId amount status paidAt refundedAt";
    private const string TopUp =
        "topUpId userId amount status provider checkout transactionId reason createdAt expiresAt";

    private const string User = "userId email name role status createdAt";

    [Fact]
    public async Task Of_the_wallet()
    {
        var customer = await SignUpAsync(balance: 9_000_000);
        var own = $"/users/{customer.UserId}";
        Has("userId balance transactionId", await customer.ChargeAsync(1_000));
        Has("userId balance", await customer.GetAsync($"{own}/balance"));
        Has(
            "userId balance transactionId",
            await Admin.PostAsync($"/admin{own}/balance/adjustments", new { amount = -1, reason = "r" }));
        Has(
            "transactionId type amount balanceAfter reference occurredAt",
            (await customer.GetAsync($"{own}/balance/history"))["items"][0]);
        Refuses("minimum", await customer.ChargeAsync(1), 422, "wallet.below_minimum_charge");
        Refuses("maximum balance", await customer.ChargeAsync(5_000_000), 409, "wallet.maximum_balance_exceeded");
        Refuses(
            "balance",
            await Admin.PostAsync($"/admin{own}/balance/adjustments", new { amount = -99_000_000, reason = "r" }),
            409,
            "wallet.insufficient_balance");

        var created = await customer.PostAsync($"{own}/top-ups", new { amount = 1_000 });
        Has(TopUp, created);
        var path = $"/top-ups/{created["topUpId"].GetGuid()}";
        Has(TopUp, await customer.GetAsync(path));
        Has(TopUp, (await customer.GetAsync($"{own}/top-ups"))["items"][0]);
        Refuses(
            "", await customer.PostAsync($"{path}/confirm", new { providerPaymentId = "x" }), 409,
            "wallet.payment_mismatch");
        var paid = await Anonymous.PostAsync(
            "/fake-payments", new { orderId = created["topUpId"].GetGuid(), amount = 1_000, approve = true });
        var confirmed = await customer.PostAsync(
            $"{path}/confirm", new { providerPaymentId = paid["providerPaymentId"].GetString() });
        Has(TopUp, confirmed);
        Assert.Equal("COMPLETED", confirmed["status"].GetString());
        Assert.Equal(JsonValueKind.Number, confirmed["transactionId"].ValueKind);
        Refuses("", await customer.GetAsync($"/top-ups/{Guid.NewGuid()}"), 404, "wallet.top_up_not_found");
    }

    [Fact]
    public async Task Of_carts_and_orders()
    {
        var (tea, few) = (await CreateProductAsync(price: 1_000), await CreateProductAsync(price: 500, stock: 1));
        var customer = await SignUpAsync(balance: 9_000);
        var (own, userId) = ($"/users/{customer.UserId}", customer.UserId);
        var cart = await customer.PostAsync($"{own}/cart/items", new { productId = tea, quantity = 2 });
        Has("userId items itemsAmount", cart);
        Has("productId name price quantity available orderable reason", cart["items"][0]);
        Refuses(
            "shortages", await customer.PostAsync($"{own}/cart/items", new { productId = few, quantity = 2 }), 409,
            "catalog.out_of_stock");
        Refuses(
            "productIds",
            await customer.PostAsync("/orders", new { userId, fromCart = true, productIds = new[] { few } }), 404,
            "orders.not_in_cart");

        var items = ItemsOf(tea, 2);
        var quote = await customer.PostAsync("/orders/quote", new { userId, items });
        Has("items itemsAmount discountAmount totalAmount balance shortfall coupons", quote);
        var order = await customer.PostAsync("/orders", new { userId, fromCart = true });
        Has(Order, order);
        Assert.EndsWith($"/orders/{order["orderId"].GetGuid()}", order.Headers.Location!.ToString());
        Has("productId name unitPrice quantity amount", order["items"][0]);
        Has(Order, (await customer.GetAsync($"{own}/orders"))["items"][0]);
        Has(Order, (await Admin.GetAsync($"/admin/orders?userId={userId}"))["items"][0]);
        Refuses("", await customer.PostAsync("/orders", new { userId, fromCart = true }), 409, "orders.empty_cart");
        Refuses(
            "expectedTotal totalAmount", await customer.PostAsync("/orders", new { userId, items, expectedTotal = 1 }),
            409, "orders.total_changed");
        Refuses(
            "shortages",
            await customer.PostAsync("/orders", new { userId, items = ItemsOf(few, 2) }),
            409, "catalog.out_of_stock");

        (await Admin.PatchAsync($"/admin/products/{few}", new { maxPerOrder = 1 })).Expect(HttpStatusCode.OK);
        var limited = await customer.PostAsync("/checkout", new { userId, items = ItemsOf(few, 2) });
        Refuses("limits", limited, 409, "catalog.purchase_limit_exceeded");
        Has("productId requested allowed", limited["limits"][0]);
        (await Admin.PatchAsync($"/admin/products/{few}", new { status = "STOPPED" })).Expect(HttpStatusCode.OK);
        Refuses(
            "productIds",
            await customer.PostAsync("/orders", new { userId, items = ItemsOf(few, 1) }),
            409, "catalog.not_for_sale");

        var bought = await customer.PostAsync("/checkout", new { userId, items });
        Has(Order, bought["order"]);
        Has(Payment, bought["payment"]);
        var path = $"/orders/{bought["order"].GetProperty("orderId").GetGuid()}";
        var piece = ItemsOf(tea, 1);
        Has("refundId orderId amount items refundedAt", await Admin.PostAsync(
            $"{path}/refunds", new { items = piece, reason = "r" }));
        Has("refundId orderId amount items refundedAt", (await customer.GetAsync($"{path}/refunds"))["items"][0]);
        Refuses(
            "", await Admin.PostAsync(
                $"{path}/refunds", new { items, reason = "r" }),
            409, "orders.refund_exceeds");
        Has(Order, await Admin.PostAsync($"/admin{path}/fulfilment", new { reference = "x" }));
        Refuses("orderStatus", await customer.PostAsync($"{path}/cancel"), 409, "orders.not_cancellable");
        Has(Order, await Admin.PostAsync($"{path}/cancel", new { reason = "r" }));
        Refuses("orderStatus", await Admin.PostAsync($"/admin{path}/fulfilment"), 409, "orders.not_fulfillable");
        Refuses(
            "orderStatus", await Admin.PostAsync($"{path}/refunds", new { items = piece, reason = "r" }), 409,
            "orders.not_refundable");
        for (var i = 0; i < 9; i++)
            await customer.PlaceAsync((tea, 1));
        Refuses("maximum", await customer.OrderAsync((tea, 1)), 409, "orders.too_many_open");
    }

    [Fact]
    public async Task Of_payments()
    {
        var tea = await CreateProductAsync(price: 1_000);
        var customer = await SignUpAsync(balance: 1_500);
        var (one, two) = (await customer.PlaceAsync((tea, 1)), await customer.PlaceAsync((tea, 1)));
        var paid = await customer.PayAsync(one);
        Has(Payment, paid);
        Assert.EndsWith($"/payments/{paid["paymentId"].GetGuid()}", paid.Headers.Location!.ToString());
        Has(Payment, (await customer.GetAsync($"/users/{customer.UserId}/payments"))["items"][0]);
        Refuses("orderStatus", await customer.PayAsync(one), 409, "orders.not_payable");
        var failed = await customer.PayAsync(two);
        Refuses("paymentId orderId orderStatus shortfall", failed, 409, "payments.insufficient_balance");
        Assert.Equal("PAYMENT_FAILED", failed["orderStatus"].GetString());
        var kept = await customer.GetAsync($"/payments/{failed["paymentId"].GetGuid()}");
        Has(Payment, kept);
        Assert.Equal("FAILED", kept["status"].GetString());
        Refuses("", await customer.PayAsync(Guid.NewGuid()), 404, "orders.not_found");
        Refuses("", await customer.GetAsync($"/payments/{Guid.NewGuid()}"), 404, "payments.not_found");
        Refuses(
            "shortfall",
            await customer.PostAsync("/checkout", new { userId = customer.UserId, items = ItemsOf(tea, 1) }),
            409, "payments.insufficient_balance");
    }

    [Fact]
    public async Task Of_accounts()
    {
        var email = $"{Guid.NewGuid():N}@example.com";
        var body = new { email, password = "correct horse", name = "Mina" };
        var registered = await Anonymous.PostAsync("/users", body);
        Has("userId email name", registered);
        Assert.Equal(HttpStatusCode.Created, registered.Status);
        Refuses("", await Anonymous.PostAsync("/users", body), 409, "identity.email_taken");
        var session = await Anonymous.PostAsync("/sessions", new { email, password = "correct horse" });
        Has("accessToken tokenType expiresIn refreshToken userId", session);
        Assert.Equal("Bearer", session["tokenType"].GetString());
        var again = await Anonymous.PostAsync(
            "/sessions/refresh", new { refreshToken = session["refreshToken"].GetString() });
        Has("accessToken tokenType expiresIn refreshToken userId", again);

        var own = $"/users/{registered["userId"]}";
        var user = Shop.Client(again["accessToken"].GetString());
        Has(User, await user.GetAsync(own));
        Has(User, await user.GetAsync("/users/me"));
        Has(User, await user.PatchAsync(own, new { name = "Jina" }));
        Has(
            "sessionId createdAt lastUsedAt expiresAt address userAgent current",
            (await user.GetAsync($"{own}/sessions"))["items"][0]);
        Refuses("", await user.DeleteAsync($"{own}/sessions/{Guid.NewGuid()}"), 404, "identity.session_not_found");
        Has(User, (await Admin.GetAsync($"/admin/users?email={email}"))["items"][0]);
        Has(User, await Admin.PatchAsync($"/admin{own}", new { role = "SUPPORT" }));
        Has("token expiresAt", await Admin.PostAsync($"/admin{own}/password-resets"));
        Has("userId email name", await Admin.PostAsync("/admin/users", new { email = $"x{email}", name = "Hana" }));
        Refuses(
            "",
            await Anonymous.PostAsync("/password-resets", new { token = "x", newPassword = "correct horses" }), 401,
            "identity.invalid_token");
        Refuses(
            "", await user.PutAsync($"{own}/password", new { currentPassword = "x", newPassword = "correct horses" }),
            401, "identity.invalid_credentials");

        var key = await Admin.PostAsync("/admin/api-keys", new { name = "Key", permissions = new[] { "users:read" } });
        Has("apiKeyId name permissions key createdAt expiresAt", key);
        Has(
            "apiKeyId name permissions createdAt expiresAt lastUsedAt createdBy revokedAt",
            (await Admin.GetAsync("/admin/api-keys"))["items"][0]);
        Refuses("", await Admin.DeleteAsync($"/admin/api-keys/{Guid.NewGuid()}"), 404, "identity.api_key_not_found");
        var row = (await Admin.GetAsync("/admin/activity"))["items"][0];
        Has("activityId occurredAt actor onBehalfOf action target before after address traceId", row);
        Has("type id name", row.GetProperty("actor"));
        Has("type id", row.GetProperty("target"));
    }

    private static object[] ItemsOf(long productId, int quantity) => [new { productId, quantity }];

    private static void Has(string members, Answer answer)
    {
        Assert.True((int)answer.Status is >= 200 and < 300, answer.Text);
        Has(members, answer.Body);
    }

    private static void Has(string members, JsonElement thing)
    {
        foreach (var member in members.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            Assert.True(thing.TryGetProperty(member, out _), $"No {member} in {thing}");
    }

    private static void Refuses(string members, Answer answer, int status, string code)
    {
        answer.ExpectProblem((HttpStatusCode)status, code);
        Has($"type title status detail instance code traceId {members}", answer.Body);
    }
}
