using System.Globalization;
using System.Net;
using System.Text.Json;
using Npgsql;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Catalog;

public sealed class ChangeProductTests : ShopTest
{
    [Fact]
    public async Task A_patch_changes_what_is_present()
    {
        var id = (await Admin.PostAsync("/admin/products", new { name = "x", description = "d", price = 1, stock = 5 }))
            .Expect(HttpStatusCode.Created)["productId"]
            .GetInt64();
        async Task Check(string patch, string expected) =>
            Assert.Equal(
                $$"""{"productId":{{id}},{{expected}},"categoryIds":[],"images":[],"sellFrom":null"""
                + ""","sellUntil":null,"maxPerOrder":null,"maxPerUser":null,"lowStockThreshold":5,"sku":null}""",
                (await Admin.SendRawAsync(HttpMethod.Patch, $"/admin/products/{id}", patch)).Expect(
                    HttpStatusCode.OK).Text);
        await Check("""{"price":0}""", """
            "name":"x","description":"d","price":0,"stock":5,"status":"SELLING"
            """);
        await Check("""{"description":null,"name":"y"}""", """
            "name":"y","description":null,"price":0,"stock":5,"status":"SELLING"
            """);
        await Check("""{"description":"e","status":"STOPPED","stock":99}""", """
            "name":"y","description":"e","price":0,"stock":5,"status":"STOPPED"
            """);
        foreach (var (body, field) in new[]
        {
            ("""{"name":null}""", "name"),
            ("""{"price":null}""", "price"),
            ("""{"status":null}""", "status"),
            ("""{"name":""}""", "name"),
            ("""{"price":-1}""", "price"),
            ("""{"price":1000000001}""", "price"),
            ("""{"status":"GONE"}""", "status"),
            ("""{"name":5}""", "name"),
        })
            (await Admin.SendRawAsync(HttpMethod.Patch, $"/admin/products/{id}", body)).ExpectInvalid(field);
        (await Admin.SendRawAsync(HttpMethod.Patch, $"/admin/products/{id}", "")).ExpectProblem(
            HttpStatusCode.BadRequest, "validation");
        (await Admin.SendRawAsync(HttpMethod.Patch, $"/admin/products/{id}", "[]")).ExpectProblem(
            HttpStatusCode.BadRequest, "validation");
        (await Admin.SendRawAsync(HttpMethod.Patch, $"/admin/products/{id}", "null")).ExpectProblem(
            HttpStatusCode.BadRequest, "validation");
    }

    [Fact]
    public async Task Changes_at_once_leave_activity_whose_rows_follow_from_each_other()
    {
        var id = await CreateProductAsync();
        await using var session = new NpgsqlConnection(Shop.ConnectionString);
        await session.OpenAsync();
        await using var transaction = await session.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand(
            $"select from catalog.stock where product_id = {id} for no key update", session, transaction))
            await hold.ExecuteNonQueryAsync();
        var changes = Enumerable.Range(1, 4)
            .Select(most => Admin.PatchAsync(
                $"/admin/products/{id}", new { price = most, maxPerOrder = most, maxPerUser = 10 + most }))
            .ToList();
        await Shop.UntilALockIsWaitedForAsync(waiters: 4);
        await transaction.RollbackAsync();
        foreach (var change in changes)
            (await change).Expect(HttpStatusCode.OK);

        var rows = (await Admin.GetAsync("/admin/activity?action=ChangeProduct")).Expect(HttpStatusCode.OK)["items"]
            .EnumerateArray().ToList();
        Assert.Equal(4, rows.Count);
        foreach (var member in (string[])["price", "maxPerOrder", "maxPerUser"])
        {
            var befores = rows.Select(row => row.GetProperty("before").GetProperty(member).ToString()).Order();
            var afters = rows.Select(row => row.GetProperty("after").GetProperty(member).ToString());
            var first = member == "price" ? "1000" : "";
            var last = (await Admin.GetAsync($"/products/{id}"))[member].ToString();
            Assert.Equal(afters.Append(first).Order(), befores.Append(last).Order());
        }
    }

    [Fact]
    public async Task Ends_of_a_window_that_are_set_at_once_never_cross()
    {
        var id = await CreateProductAsync();
        for (var round = 0; round < 4; round++)
        {
            var answers = await Task.WhenAll(
                Admin.PatchAsync($"/admin/products/{id}", new { sellFrom = "2030-01-02T00:00:00Z" }),
                Admin.PatchAsync($"/admin/products/{id}", new { sellUntil = "2030-01-01T00:00:00Z" }));
            Assert.Equal(
                [HttpStatusCode.OK, HttpStatusCode.BadRequest], answers.Select(answer => answer.Status).Order());
            (await Admin.PatchAsync(
                $"/admin/products/{id}", new { sellFrom = (string?)null, sellUntil = (string?)null }))
                .Expect(HttpStatusCode.OK);
        }
    }

    [Theory]
    [InlineData("update catalog.products set status = 'STOPPED'", "catalog.not_for_sale")]
    [InlineData("update catalog.products set sell_until = '2026-01-01Z'", "catalog.not_for_sale")]
    [InlineData("update catalog.stock set max_per_order = 1", "catalog.purchase_limit_exceeded")]
    [InlineData("update catalog.products set price = 2000", "orders.total_changed")]
    public async Task An_order_that_waits_for_the_stock_is_decided_by_the_product_as_it_is_then(
        string change, string code)
    {
        var id = await CreateProductAsync(price: 1_000);
        var customer = await SignUpAsync(balance: 10_000);
        await using var session = new NpgsqlConnection(Shop.ConnectionString);
        await session.OpenAsync();
        await using var transaction = await session.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand(
            $"select from catalog.stock where product_id = {id} for no key update; {change} where product_id = {id}",
            session,
            transaction))
            await hold.ExecuteNonQueryAsync();
        var order = customer.PostAsync("/checkout", new
        {
            userId = customer.UserId,
            items = (object[])[new { productId = id, quantity = 2 }],
            expectedTotal = 2_000,
        });
        await Shop.UntilALockIsWaitedForAsync();
        await transaction.CommitAsync();
        (await order).ExpectProblem(HttpStatusCode.Conflict, code);
        Assert.Equal(10_000, await customer.BalanceAsync());
    }
}
