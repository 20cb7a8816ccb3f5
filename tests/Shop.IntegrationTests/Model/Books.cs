using System.Text.Json.Nodes;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Model;

/// <summary>Holds everything that the shop can be asked, and its tables, against the model.</summary>
/// <param name="admin">An administrator, signed in as of now.</param>
internal sealed class Books(ShopHost shop, ShopModel model, Func<ShopClient> admin)
{
    // Invariants at any moment, whatever events are under way.
    private static readonly (string Name, string Violations)[] Always =
    [
        ("a balance is the sum of its ledger", """
            select count(*) from wallet.wallets w
            where balance <> coalesce((select sum(amount) from wallet.ledger l where l.user_id = w.user_id), 0)
            """),
        ("stock on hand is the sum of its movements", """
            select count(*) from catalog.stock s
            where on_hand <> coalesce((select sum(delta) from catalog.stock_movements m
                where m.product_id = s.product_id), 0)
            """),
        ("what is reserved is what reservations hold", """
            select count(*) from catalog.stock s
            where reserved <> coalesce((select sum(quantity) from catalog.stock_reservations r
                where r.product_id = s.product_id), 0)
            """),
        ("a paid order has one completed payment", """
            select count(*) from ordering.orders o
            where (o.status in ('PAID', 'REFUNDED'))::int
                <> (select count(*) from payments.payments p where p.order_id = o.order_id and p.status = 'COMPLETED'
                    and p.amount = o.total_amount)
            """),
        ("coupons issued are coupons held", """
            select count(*) from coupons.coupons c
            where issued > quantity or issued <> (select count(*) from coupons.user_coupons u
                where u.coupon_id = c.coupon_id)
            """),
    ];

    private static readonly (string Name, string Violations)[] OnceAllIsDelivered =
    [
        (
            "nothing is under way",
            "select (select count(*) from ordering.outbox) + (select count(*) from ordering.outbox_failures)"),
        ("open orders alone reserve stock", """
            select count(*) from catalog.stock s
            where reserved <> coalesce((
                select sum(l.quantity) from ordering.order_lines l join ordering.orders o using (order_id)
                where l.product_id = s.product_id and o.status = 'CREATED'), 0)
            """),
        ("a coupon is held by the order that took it", """
            select count(*) from coupons.user_coupons u
            full join (select * from ordering.orders where user_coupon_id is not null
                and status in ('CREATED', 'PAID')) o on o.order_id = u.order_id
            where replace(u.status, 'REVOKED', 'AVAILABLE') is distinct from case o.status
                when 'CREATED' then 'RESERVED' when 'PAID' then 'USED' else 'AVAILABLE' end
               or (o.order_id is not null and o.user_coupon_id <> u.user_coupon_id)
            """),
    ];

    public async Task AgreeAsync()
    {
        foreach (var user in model.Users)
            await AgreeOnAsync(user);
        foreach (var product in model.Products)
        {
            await AgreeAsync($"/products/{product.Id}", View.Of(product));
            await ListsAsync(
                $"/admin/products/{product.Id}/stock-movements", "movementId", product.Movements.Select(View.Of));
        }

        await ListsAsync("/admin/coupons", null, model.Coupons.Select(View.Of));
        await ListsAsync(
            "/coupons",
            null,
            model.Coupons.Where(
                coupon => !coupon.IsStopped && coupon.IssueFrom <= model.Now && model.Now < coupon.IssueUntil)
                .Select(View.Of));
        await ListsAsync("/admin/orders", null, model.Orders.Select(View.Of));
        foreach (var order in model.Orders.Where(order => order.Refunds.Count > 0))
            await ListsAsync($"/orders/{order.Id}/refunds", null, order.Refunds.Select(View.Of));
        foreach (var request in model.Coupons.SelectMany(coupon => coupon.Requests)
            .Where(request => request.Status == "WAITING"))
            await AgreeAsync($"/coupon-requests/{request.Id}", View.Of(request));

        await AgreeOnTablesAsync();
        foreach (var (name, violations) in Always)
            Assert.True(await shop.QueryAsync<long>(violations) == 0, $"Not true: {name}.");
        var audit = await admin().GetAsync("/admin/audit");
        Assert.True((int)audit.Status == 200 && audit["consistent"].GetBoolean(), $"GET /admin/audit: {audit.Text}");
    }

    /// <summary>Besides, for when no event is under way.</summary>
    public async Task AreClosedAsync()
    {
        Assert.Empty(model.UnderWay);
        await AgreeAsync();
        foreach (var (name, violations) in OnceAllIsDelivered)
            Assert.True(await shop.QueryAsync<long>(violations) == 0, $"Not true: {name}.");
    }

    private async Task AgreeOnAsync(User user)
    {
        var path = $"/users/{user.Id}";
        await AgreeAsync($"{path}/balance", new { userId = user.Id, balance = user.Balance });
        await ListsAsync($"{path}/balance/history", "transactionId", user.Ledger.Select(View.Of));
        await ListsAsync(
            $"{path}/top-ups",
            null,
            model.TopUps.Where(topUp => topUp.User == user).Select(topUp => View.Of(topUp, model.Now)));
        await AgreeAsync($"{path}/cart", View.CartOf(user));
        await ListsAsync($"{path}/orders", null, user.Orders.Select(View.Of));
        await ListsAsync(
            $"{path}/orders?status=CREATED",
            null,
            user.Orders.Where(order => order.Status == "CREATED").Select(View.Of));
        await ListsAsync($"{path}/payments", null, user.Payments.Select(View.Of));
        await ListsAsync($"{path}/coupons", null, user.Coupons.Select(issued => View.Of(issued, model.Now)));
        foreach (var status in (string[])["AVAILABLE", "RESERVED", "USED", "EXPIRED", "REVOKED"])
            await ListsAsync(
                $"{path}/coupons?status={status}",
                null,
                user.Coupons.Where(issued => issued.StatusAt(model.Now) == status).Select(
                    issued => View.Of(issued, model.Now)));
    }

    private async Task AgreeOnTablesAsync()
    {
        Assert.Equal(
            Lines(
                model.Products.Select(
                    product => $"{product.Id}: {product.OnHand} on hand, {product.Reserved} reserved")),
            await shop.QueryAsync<string>("""
                select coalesce(string_agg(format('%s: %s on hand, %s reserved', product_id, on_hand, reserved), e'\n'
                    order by product_id), '') from catalog.stock
                """));
        Assert.Equal(
            Lines(
                model.Orders.OrderBy(order => order.Id.ToString(), StringComparer.Ordinal).Select(
                    order => $"{order.Id} {order.Goods}")),
            await shop.QueryAsync<string>("""
                select coalesce(string_agg(g.order_id || ' ' || g.goods, e'\n' order by g.order_id), '') from (
                    select o.order_id, case
                    when exists (select 1 from catalog.stock_movements m where m.cause = o.order_id
                        and m.type = 'RETURN') then 'RETURNED'
                    when exists (select 1 from catalog.stock_movements m where m.cause = o.order_id) then 'SOLD'
                    when exists (select 1 from catalog.stock_reservations r
                        where r.order_id = o.order_id) then 'RESERVED'
                    else 'RELEASED' end as goods
                    from ordering.orders o) g
                """));
        Assert.Equal(
            Lines(
                model.Told.Select((closing, at) =>
                    $"{closing.Order.Id} order.{closing.Status} "
                    + $"{model.Told.Take(at + 1).Count(told => told.Order == closing.Order)}")),
            await shop.QueryAsync<string>("""
                select coalesce(string_agg(format('%s order.%s %s', order_id, upper(substr(type, 7)), sequence), e'\n'
                    order by delivery_id), '')
                from ordering.deliveries
                """));
    }

    private static string Lines(IEnumerable<string> lines) => string.Join('\n', lines);

    private async Task AgreeAsync(string path, object view)
    {
        var answer = await admin().GetAsync(path);
        Assert.True((int)answer.Status == 200, $"GET {path}: {answer.Text}");
        Compared.Same($"GET {path}", View.Json(view), answer.Body);
    }

    /// <param name="id">A member that only the shop can know and that must fall from one to the next.</param>
    /// <param name="views">Oldest first.</param>
    private async Task ListsAsync(string path, string? id, IEnumerable<object> views)
    {
        var listed = new List<JsonObject>();
        var page = $"{path}{(path.Contains('?') ? '&' : '?')}limit=100";
        for (var next = page; next is not null;)
        {
            var answer = await admin().GetAsync(next);
            Assert.True((int)answer.Status == 200, $"GET {next}: {answer.Text}");
            listed.AddRange(
                JsonNode.Parse(answer.Text)!["items"]!.AsArray().Select(item => item!.DeepClone().AsObject()));
            next = answer["nextCursor"].GetString() is { } cursor ? $"{page}&cursor={cursor}" : null;
        }

        if (id is not null)
        {
            var ids = listed.ConvertAll(item => (long)item[id]!);
            Assert.True(ids.Zip(ids.Skip(1)).All(pair => pair.First > pair.Second), $"GET {path} is not newest first.");
            listed.ForEach(item => item.Remove(id));
        }

        Compared.Same($"GET {path}", View.Json(views.Reverse()), View.Json(listed));
    }
}
