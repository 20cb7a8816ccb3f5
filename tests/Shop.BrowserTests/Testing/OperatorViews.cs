namespace Shop.BrowserTests.Testing;

/// <summary>Every view of the operator's page.</summary>
internal static class OperatorViews
{
    /// <returns>The views, with one thing of each kind.</returns>
    public static async Task<IReadOnlyList<string>> FillAsync(RunningShop shop)
    {
        var product = await shop.CreateProductAsync("Looked at", price: 1_000, stock: 3);
        var coupon = await shop.CreateCouponAsync("Looked at", new { type = "FIXED", value = 500 }, quantity: 9);
        var email = $"{Guid.NewGuid():N}@example.com";
        var userId = (await shop.PostAsync("/admin/users", new { email, name = "Looked at" }))
            .GetProperty("userId").GetInt64();
        await shop.PostAsync($"/coupons/{coupon}/issue", new { userId });
        await shop.PostAsync($"/users/{userId}/balance/charges", new { amount = 10_000 });
        var items = new[] { new { productId = product, quantity = 2 } };
        var bought = await shop.PostAsync("/checkout", new { userId, items });
        var order = bought.GetProperty("order").GetProperty("orderId").GetString();
        var one = new[] { new { productId = product, quantity = 1 } };
        await shop.PostAsync($"/orders/{order}/refunds", new { items = one, reason = "Damaged" });
        var types = new[] { "order.*" };
        var hook = await shop.PostAsync(
            "/admin/webhooks", new { url = "http://127.0.0.1:9/hook", types, name = "Looked at" });
        // A paused webhook does not try to reach an address that answers nothing.
        await shop.PatchAsync($"/admin/webhooks/{hook.GetProperty("webhookId")}", new { status = "PAUSED" });
        return
            [
                "/",
                "/orders",
                $"/orders/{order}",
                "/customers",
                $"/customers/{userId}",
                "/products",
                "/products/new",
                "/products/categories",
                "/products/csv",
                $"/products/{product}",
                "/coupons",
                "/coupons/new",
                $"/coupons/{coupon}",
                "/live",
                "/letters",
                "/webhooks",
                $"/webhooks/{hook.GetProperty("webhookId")}",
                "/audit",
                "/keys",
                "/activity",
            ];
    }
}
