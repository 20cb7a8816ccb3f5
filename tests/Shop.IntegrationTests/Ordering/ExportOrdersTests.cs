using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Ordering;

public sealed class ExportOrdersTests : ShopTest
{
    [Fact]
    public async Task Orders_are_exported_as_csv_and_a_formula_is_only_a_text()
    {
        var tea = await CreateProductAsync(price: 1_000);
        var customer = await SignUpAsync(balance: 5_000);
        var cancelled = await customer.PlaceAsync((tea, 2));
        (await customer.PostAsync($"/orders/{cancelled}/cancel", new { reason = "=HYPERLINK(\"x\"), \"no\"" }))
            .Expect(HttpStatusCode.OK);
        var order = await customer.PlaceAsync((tea, 1));

        var answer = (await Admin.GetAsync("/admin/exports/orders")).Expect(HttpStatusCode.OK);
        Assert.Equal("text/csv", answer.ContentType);
        var lines = answer.Text.Split("\r\n");
        Assert.Equal(4, lines.Length);
        Assert.StartsWith("orderId,userId,status,items,", lines[0], StringComparison.Ordinal);
        Assert.StartsWith(
            $"{cancelled},{customer.UserId},CANCELLED,{tea}:2,2000,0,2000,0,,,", lines[1], StringComparison.Ordinal);
        Assert.EndsWith(",\"'=HYPERLINK(\"\"x\"\"), \"\"no\"\"\"", lines[1], StringComparison.Ordinal);
        Assert.StartsWith($"{order},{customer.UserId},CREATED,{tea}:1,", lines[2], StringComparison.Ordinal);
        Assert.Equal("", lines[3]);
    }

    [Fact]
    public async Task From_is_included_and_to_is_not_over_all_pages()
    {
        await Shop.ExecuteAsync("""
            insert into ordering.orders
                (order_id, user_id, status, items_amount, discount_amount, total_amount, created_at, expires_at)
            select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '70008000'
                    || lpad(to_hex(n), 12, '0'))::uuid, 1, 'CREATED', 1, 0, 1, at, at
            from (select n, timestamptz '2026-01-01 00:00:00Z' + n * interval '1 second' as at
                from generate_series(0, 1199) as n) as times;
            insert into ordering.order_lines (order_id, line, product_id, name, unit_price, quantity)
            select order_id, 1, 1, 'Tea', 1, 1 from ordering.orders
            """);
        Assert.Equal(1_200, await CountAsync("from=2026-01-01T00:00:00Z&to=2026-01-01T00:20:00Z"));
        Assert.Equal(1_199, await CountAsync("from=2026-01-01T09:00:01%2B09:00"));
        Assert.Equal(60, await CountAsync("to=2026-01-01T00:01:00Z"));
        Assert.Equal(0, await CountAsync("from=2027-01-01T00:00:00Z"));
        (await Admin.GetAsync("/admin/exports/orders?from=2026-01-01")).ExpectInvalid("from");
        (await (await SignUpAsync()).GetAsync("/admin/exports/orders"))
            .ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");

        var page = (await Admin.GetAsync("/admin/orders?from=2026-01-01T00:00:10Z&to=2026-01-01T00:00:20Z"))
            .Expect(HttpStatusCode.OK);
        Assert.Equal(10, page["items"].GetArrayLength());
        Assert.Equal(0, (await Admin.GetAsync("/admin/orders?from=2026-01-01T00:00:10Z&status=PAID"))
            .Expect(HttpStatusCode.OK)["items"].GetArrayLength());
        (await Admin.GetAsync("/admin/orders?to=2026-01-01T00:00:00")).ExpectInvalid("to");

        async Task<int> CountAsync(string query)
        {
            var answer = (await Admin.GetAsync($"/admin/exports/orders?{query}")).Expect(HttpStatusCode.OK);
            return answer.Text.Split("\r\n").Length - 2;
        }
    }
}
