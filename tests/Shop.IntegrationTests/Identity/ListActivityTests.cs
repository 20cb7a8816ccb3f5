using System.Net;
using System.Text.Json;
using Npgsql;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

public sealed class ListActivityTests : IdentityTest
{
    [Fact]
    public async Task A_row_says_who_did_what_to_what_with_masked_bodies_and_names_of_now()
    {
        var product = await CreateProductAsync(price: 1_000, name: "Keyboard");
        (await Admin.PatchAsync($"/admin/products/{product}", new { price = 2_000, name = "Keyboard" }))
            .Expect(HttpStatusCode.OK);
        var (changed, created) = (await LatestAsync("ChangeProduct"), await LatestAsync("CreateProduct"));
        Assert.Equal("""{"price":1000}""", changed.GetProperty("before").GetRawText());
        Assert.Equal("""{"price":2000}""", changed.GetProperty("after").GetRawText());
        Assert.Equal(JsonValueKind.Null, created.GetProperty("before").ValueKind);
        Assert.Equal(
            """{"name":"Keyboard","price":1000,"stock":100}""", created.GetProperty("after").GetRawText());
        foreach (var row in (JsonElement[])[changed, created])
        {
            Assert.Equal($$"""{"type":"PRODUCT","id":"{{product}}"}""", row.GetProperty("target").GetRawText());
            Assert.Equal(
                """{"type":"USER","id":"1","name":"Administrator"}""", row.GetProperty("actor").GetRawText());
            Assert.Equal(JsonValueKind.Null, row.GetProperty("onBehalfOf").ValueKind);
            Assert.Equal("127.0.0.1", row.GetProperty("address").GetString());
            Assert.NotEmpty(row.GetProperty("traceId").GetString()!);
        }

        var key = await MakeApiKeyAsync("users:write");
        var storefront = Shop.Client(key["key"].GetString());
        var user = (await storefront.PostAsync(
            "/admin/users", new { email = "mina@example.com", name = "김미나", unknown = "secret" }))
            .Expect(HttpStatusCode.Created)["userId"].GetInt64();
        (await storefront.PatchAsync($"/users/{user}", new { name = "박미나" })).Expect(HttpStatusCode.OK);
        (await Admin.PatchAsync("/users/1", new { name = "Own name" })).Expect(HttpStatusCode.OK);
        var (made, renamed) = (await LatestAsync("CreateUser"), await LatestAsync("RenameUser"));
        Assert.Equal("""{"email":"m***","name":"김***"}""", made.GetProperty("after").GetRawText());
        Assert.Equal("""{"name":"김***"}""", renamed.GetProperty("before").GetRawText());
        Assert.Equal("""{"name":"박***"}""", renamed.GetProperty("after").GetRawText());
        Assert.Equal(user, renamed.GetProperty("onBehalfOf").GetInt64());
        Assert.Equal(
            $$"""{"type":"API_KEY","id":"{{key["apiKeyId"].GetString()}}","name":"Storefront"}""",
            made.GetProperty("actor").GetRawText());
        Assert.Equal(
            "Own name", (await LatestAsync("CreateProduct")).GetProperty("actor").GetProperty("name").GetString());

        var all = await Shop.QueryAsync<string>("select string_agg(a::text, ' ') from identity.activity a");
        foreach (var secret in (string[])["mina@example.com", "미나", "secret", key["key"].GetString()!, "password"])
            Assert.DoesNotContain(secret, all!, StringComparison.OrdinalIgnoreCase);
        // The first administrator is the shop's own doing.
        Assert.Equal(
            "CreateUser USER 1",
            await Shop.QueryAsync<string>(
                "select concat_ws(' ', action, target_type, target_id) from identity.activity "
                + "where actor_type = 'SYSTEM'"));
    }

    [Fact]
    public async Task Acting_for_somebody_leaves_a_row_save_for_a_storefront_in_what_customers_do()
    {
        var product = await CreateProductAsync();
        var customer = await SignUpAsync(balance: 10_000);
        var support = (await SignUpStaffAsync("SUPPORT")).Client;
        var storefront = Shop.Client((await MakeApiKeyAsync("users:act-for"))["key"].GetString());
        var before = await CountAsync();

        foreach (var client in (ShopClient[])[customer.Client, storefront])
            await ShopAsync(client, customer.UserId, product);
        Assert.Equal(before, await CountAsync());

        await ShopAsync(support, customer.UserId, product);
        var rows = await RowsAsync("?limit=100");
        var acted = rows.Where(row => row.GetProperty("onBehalfOf").ValueKind == JsonValueKind.Number).ToList();
        Assert.Equal(
            ["CancelOrder", "PayOrder", "PlaceOrder", "Checkout", "AddToCart", "ChargeWallet"],
            acted.Select(row => row.GetProperty("action").GetString()));
        Assert.All(acted, row => Assert.Equal(customer.UserId, row.GetProperty("onBehalfOf").GetInt64()));
        Assert.Equal(
            ["ORDER", "PAYMENT", "ORDER", "ORDER", "USER", "USER"],
            acted.Select(row => row.GetProperty("target").GetProperty("type").GetString()));
        Assert.Equal(before + 6, await CountAsync());
    }

    [Fact]
    public async Task What_has_no_effect_leaves_no_row_and_a_repeat_none_more()
    {
        var product = await CreateProductAsync();
        var before = await CountAsync();
        (await Admin.PostAsync("/admin/products", new { name = "", price = 1, stock = 1 })).ExpectInvalid("name");
        (await Admin.PatchAsync("/admin/products/4711", new { price = 5 })).Expect(HttpStatusCode.NotFound);
        (await Admin.PostAsync($"/admin/products/{product}/stock-adjustments", new { delta = -1_000, reason = "Lost" }))
            .ExpectProblem(HttpStatusCode.Conflict, "catalog.stock_would_go_negative");
        Assert.Equal(before, await CountAsync());

        var body = new { name = "Mouse", price = 5, stock = 5 };
        foreach (var isReplay in (bool[])[false, true])
            Assert.Equal(isReplay, (await Admin.PostWithKeyAsync("k", "/admin/products", body)).IsReplay);
        Assert.Equal(before + 1, await CountAsync());

        // In the transaction of its effect: without the row there is no product.
        await Shop.ExecuteAsync("alter table identity.activity add constraint planted check (false) not valid");
        (await Admin.PostAsync("/admin/products", body)).Expect(HttpStatusCode.InternalServerError);
        await Shop.ExecuteAsync("alter table identity.activity drop constraint planted");
        Assert.Equal(2, await Shop.QueryAsync<long>("select count(*) from catalog.products"));
    }

    [Fact]
    public async Task The_list_is_filtered_paged_and_needs_a_permission()
    {
        var products = new List<long>();
        for (var i = 0; i < 5; i++)
            products.Add(await CreateProductAsync(name: $"Keyboard {i}"));
        var since = Shop.Clock.GetUtcNow().AddHours(1);
        Shop.Clock.Advance(TimeSpan.FromHours(2));
        var admin = Shop.Client(await SignInAsync("admin@shop.local", "admin-password"));
        (await admin.PatchAsync($"/admin/products/{products[0]}", new { price = 5 })).Expect(HttpStatusCode.OK);

        async Task<int> CountOf(string query) =>
            (await admin.GetAsync($"/admin/activity?limit=100&{query}")).Expect(
                HttpStatusCode.OK)["items"].GetArrayLength();

        Assert.Equal(6, await CountOf("actorId=1"));
        Assert.Equal(5, await CountOf("action=CreateProduct"));
        Assert.Equal(2, await CountOf($"targetType=PRODUCT&targetId={products[0]}"));
        Assert.Equal(6, await CountOf("targetType=PRODUCT"));
        Assert.Equal(1, await CountOf($"from={since:yyyy-MM-ddTHH:mm:ss}Z"));
        Assert.Equal(0, await CountOf($"actorId=1&action=ChangeProduct&to={since:yyyy-MM-ddTHH:mm:ss}Z"));
        Assert.Equal(0, await CountOf("actorId=4711"));
        foreach (var time in (string[])["2026-11-26", "2026-11-26T00:00:00", "yesterday"])
            (await admin.GetAsync($"/admin/activity?from={time}")).ExpectInvalid("from");
        (await admin.GetAsync($"/admin/activity?action={new string('x', 101)}")).ExpectInvalid("action");

        var (ids, cursor) = (new List<Guid>(), "");
        do
        {
            var page = (await admin.GetAsync($"/admin/activity?limit=2{cursor}")).Expect(HttpStatusCode.OK);
            ids.AddRange(page["items"].EnumerateArray().Select(row => row.GetProperty("activityId").GetGuid()));
            cursor = page["nextCursor"].GetString() is { } next ? $"&cursor={next}" : "";
        }
        while (cursor.Length > 0);
        Assert.Equal(7, ids.Distinct().Count());
        Assert.Equal(7, ids.Count);

        (await Anonymous.GetAsync("/admin/activity")).Expect(HttpStatusCode.Unauthorized);
        var staff = await SignUpAsync();
        foreach (var (role, status) in ((string, HttpStatusCode)[])
            [("SUPPORT", HttpStatusCode.Forbidden), ("FINANCE", HttpStatusCode.OK)])
        {
            (await admin.PatchAsync($"/admin/users/{staff.UserId}", new { role })).Expect(HttpStatusCode.OK);
            (await staff.GetAsync("/admin/activity")).Expect(status);
        }
    }

    [Fact]
    public async Task Each_filter_has_its_index()
    {
        await Shop.ExecuteAsync("""
            insert into identity.activity (activity_id, occurred_at, actor_type, actor_id, action, target_type,
                target_id)
            select gen_random_uuid(), now() - n * interval '1 second', 'USER', (n % 100)::text, 'Action' || n % 50,
                'TYPE' || n % 20, (n % 5000)::text
            from generate_series(1, 20000) n;
            analyze identity.activity
            """);
        await using var connection = new NpgsqlConnection(Shop.ConnectionString);
        await connection.OpenAsync();
        foreach (var (filter, index) in ((string, string)[])
        [
            ("true", "activity_by_time"), ("actor_id = '7'", "activity_by_actor"),
            ("action = 'Action7'", "activity_by_action"), ("target_id = '7'", "activity_by_target"),
            ("target_type = 'TYPE7'", "activity_by_target_type"),
            ("occurred_at < now() - interval '1 hour'", "activity_by_time"),
        ])
        {
            await using var explain = new NpgsqlCommand(
                $"explain select * from identity.activity where {filter} "
                + "order by occurred_at desc, activity_id desc limit 21",
                connection);
            await using var plan = await explain.ExecuteReaderAsync();
            var lines = new List<string>();
            while (await plan.ReadAsync())
                lines.Add(plan.GetString(0));
            Assert.Contains(lines, line => line.Contains(index, StringComparison.Ordinal));
            Assert.DoesNotContain(lines, line => line.Contains("Seq Scan", StringComparison.Ordinal));
        }
    }

    private static async Task ShopAsync(ShopClient client, long userId, long product)
    {
        var items = new[] { new { productId = product, quantity = 1 } };
        (await client.PostAsync($"/users/{userId}/balance/charges", new { amount = 5_000 })).Expect(HttpStatusCode.OK);
        (await client.PostAsync($"/users/{userId}/cart/items", items[0])).Expect(HttpStatusCode.OK);
        (await client.PostAsync("/checkout", new { userId, fromCart = true })).Expect(HttpStatusCode.Created);
        var order = (await client.PostAsync("/orders", new { userId, items }))
            .Expect(HttpStatusCode.Created)["orderId"].GetGuid();
        (await client.PostAsync("/payments", new { orderId = order })).Expect(HttpStatusCode.Created);
        (await client.PostAsync($"/orders/{order}/cancel")).Expect(HttpStatusCode.OK);
    }

    private async Task<Answer> MakeApiKeyAsync(params string[] permissions) =>
        (await Admin.PostAsync("/admin/api-keys", new { name = "Storefront", permissions }))
            .Expect(HttpStatusCode.Created);

    private Task<long> CountAsync() => Shop.QueryAsync<long>("select count(*) from identity.activity");

    private async Task<List<JsonElement>> RowsAsync(string query) =>
        [.. (await Admin.GetAsync($"/admin/activity{query}")).Expect(HttpStatusCode.OK)["items"].EnumerateArray()];

    private async Task<JsonElement> LatestAsync(string action) => (await RowsAsync($"?action={action}&limit=1"))[0];
}
