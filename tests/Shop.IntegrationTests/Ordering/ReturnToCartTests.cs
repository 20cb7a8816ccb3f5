using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shop.IntegrationTests.Testing;
using Shop.Ordering.Orders;
using Xunit;

namespace Shop.IntegrationTests.Ordering;

public sealed class ReturnToCartTests : CartTest
{
    [Fact]
    public async Task What_was_ordered_is_back_in_the_cart_when_the_payment_fails_and_once()
    {
        var (tea, cup) = (await CreateProductAsync(price: 1_000), await CreateProductAsync(price: 2_000));
        var customer = await SignUpAsync();
        (await AddAsync(customer, tea, 2)).Expect(HttpStatusCode.OK);
        (await AddAsync(customer, cup, 1)).Expect(HttpStatusCode.OK);
        var order = await OrderCartAsync(customer);
        (await AddAsync(customer, tea, 3)).Expect(HttpStatusCode.OK);
        (await customer.PayAsync(order)).ExpectProblem(HttpStatusCode.Conflict, "payments.insufficient_balance");
        await Shop.DeliverEventsAsync();
        Assert.Equal([(tea, 5), (cup, 1)], await CartAsync(customer));

        // Delivered again, as after a crash of the dispatcher that another build had.
        await Shop.ExecuteAsync("""
            insert into ordering.outbox (event_id, type, stream, payload, occurred_at)
            select gen_random_uuid(), 'ordering.order-expired', order_id::text,
                json_build_object('order', json_build_object(
                    'orderId', order_id, 'userId', user_id, 'status', 'EXPIRED', 'items', '[]'::json,
                    'createdAt', created_at, 'expiresAt', expires_at)), now()
            from ordering.orders
            """);
        await Shop.DeliverEventsAsync();
        Assert.Equal([(tea, 5), (cup, 1)], await CartAsync(customer));
    }

    [Fact]
    public async Task What_was_ordered_is_back_in_the_cart_when_the_order_expires_and_not_when_it_is_cancelled()
    {
        var tea = await CreateProductAsync(price: 1_000);
        var (one, two, three) = (await SignUpAsync(), await SignUpAsync(), await SignUpAsync());
        foreach (var customer in (Customer[])[one, two])
            (await AddAsync(customer, tea, 2)).Expect(HttpStatusCode.OK);
        await OrderCartAsync(one);
        (await two.PostAsync($"/orders/{await OrderCartAsync(two)}/cancel")).Expect(HttpStatusCode.OK);
        await three.PlaceAsync((tea, 2));
        Shop.Clock.Advance(TimeSpan.FromMinutes(16));
        await Shop.Services.GetRequiredService<ExpireOrders>().RunOnceAsync(CancellationToken.None);
        await Shop.DeliverEventsAsync();
        Assert.Equal([(tea, 2)], await CartAsync(one));
        Assert.Empty(await CartAsync(two));
        Assert.Empty(await CartAsync(three));
    }

    [Fact]
    public async Task Sums_are_capped_and_no_product_is_the_fifty_first()
    {
        var products = new List<long>();
        for (var i = 0; i < 51; i++)
            products.Add(await CreateProductAsync(price: 1_000, stock: 10_000));
        var customer = await SignUpAsync();
        (await AddAsync(customer, products[0], 900)).Expect(HttpStatusCode.OK);
        (await AddAsync(customer, products[49], 1)).Expect(HttpStatusCode.OK);
        (await AddAsync(customer, products[50], 1)).Expect(HttpStatusCode.OK);
        var order = await OrderCartAsync(customer);
        foreach (var product in products.Take(49))
            (await AddAsync(customer, product, 200)).Expect(HttpStatusCode.OK);

        (await customer.PayAsync(order)).ExpectProblem(HttpStatusCode.Conflict, "payments.insufficient_balance");
        await Shop.DeliverEventsAsync();
        var cart = await CartAsync(customer);
        Assert.Equal(50, cart.Count);
        Assert.Contains((products[0], 1_000), cart);
        Assert.Contains((products[49], 1), cart);
        Assert.DoesNotContain(cart, item => item.ProductId == products[50]);
    }

    [Fact]
    public async Task A_cart_that_another_session_holds_holds_up_no_other()
    {
        var tea = await CreateProductAsync(price: 1_000);
        var (held, free) = (await SignUpAsync(), await SignUpAsync());
        foreach (var customer in (Customer[])[held, free])
        {
            (await AddAsync(customer, tea, 2)).Expect(HttpStatusCode.OK);
            var order = await OrderCartAsync(customer);
            (await AddAsync(customer, tea, 1)).Expect(HttpStatusCode.OK);
            (await customer.PayAsync(order)).ExpectProblem(
                HttpStatusCode.Conflict, "payments.insufficient_balance");
        }

        await using (var session = new NpgsqlConnection(Shop.ConnectionString))
        {
            await session.OpenAsync();
            await using var transaction = await session.BeginTransactionAsync();
            await using var hold = new NpgsqlCommand(
                $"select from ordering.cart_items where user_id = {held.UserId} for update", session, transaction);
            await hold.ExecuteNonQueryAsync();
            await Shop.DeliverEventsAsync();
            Assert.Equal([(tea, 3)], await CartAsync(free));
            Assert.Equal([(tea, 1)], await CartAsync(held));
            Assert.Equal(0, await Shop.QueryAsync<long>(
                "select count(*) from ordering.outbox_failures where attempts > 0"));
        }

        Shop.Clock.Advance(TimeSpan.FromMinutes(1));
        await Shop.DeliverEventsAsync();
        Assert.Equal([(tea, 3)], await CartAsync(held));
    }

    [Fact]
    public async Task Orders_from_carts_and_items_that_return_to_them_deadlock_nowhere()
    {
        var products = new List<long>();
        for (var i = 0; i < 6; i++)
            products.Add(await CreateProductAsync(price: 1_000, stock: 10_000));
        await using var second = await ShopHost.StartAsync(Shop.ConnectionString);
        var customers = new[] { await SignUpAsync(), await SignUpAsync(), await SignUpAsync() };
        for (var round = 0; round < 3; round++)
        {
            foreach (var customer in customers)
            {
                foreach (var product in round % 2 == 0 ? products : Enumerable.Reverse(products))
                    (await AddAsync(customer, product, 1)).Expect(HttpStatusCode.OK);
                (await customer.PayAsync(await OrderCartAsync(customer))).Expect(HttpStatusCode.Conflict);
                (await AddAsync(customer, products[round], 1)).Expect(HttpStatusCode.OK);
            }

            await Task.WhenAll(
            [
                Shop.DeliverEventsAsync(),
                .. customers.Select(customer => FromCartAsync(customer)),
                .. customers.Select(customer => AddAsync(customer, products[5], 1)),
                .. customers.Select(customer => (Task)customer.Client.DeleteAsync(CartOf(customer))),
            ]);
        }

        Shop.Clock.Advance(TimeSpan.FromMinutes(1));
        await Shop.DeliverEventsAsync();
        Assert.Equal(0, Shop.Lost.Count + second.Lost.Count);
        Assert.Equal(0, await Shop.QueryAsync<long>(
            "select count(*) from ordering.orders where returns_to_cart and status = 'PAYMENT_FAILED'"));
    }

    [Fact]
    public async Task An_erasure_locks_no_order_that_was_paid_and_reads_few()
    {
        var tea = await CreateProductAsync(price: 1_000, stock: 10_000);
        var customer = await SignUpAsync(balance: 2_000);
        (await AddAsync(customer, tea, 1)).Expect(HttpStatusCode.OK);
        (await customer.PayAsync(await OrderCartAsync(customer))).Expect(HttpStatusCode.Created);
        (await AddAsync(customer, tea, 1)).Expect(HttpStatusCode.OK);
        (await customer.PostAsync("/checkout", new { userId = customer.UserId, fromCart = true })).Expect(
            HttpStatusCode.Created);
        await using var session = new NpgsqlConnection(Shop.ConnectionString);
        await session.OpenAsync();
        await using (var transaction = await session.BeginTransactionAsync())
        {
            await using var hold = new NpgsqlCommand(
                $"select from ordering.orders where user_id = {customer.UserId} for update", session, transaction);
            await hold.ExecuteNonQueryAsync();
            (await customer.PostAsync($"/users/{customer.UserId}/erasure", new { password = "correct horse" })).Expect(
                HttpStatusCode.NoContent);
        }

        await Shop.ExecuteAsync("""
            insert into ordering.orders (order_id, user_id, status, items_amount, discount_amount, total_amount,
                payment_id, created_at, expires_at, closed_at, returns_to_cart)
            select gen_random_uuid(), 7, case when n % 1000 = 0 then 'EXPIRED' else 'PAID' end, 0, 0, 0,
                gen_random_uuid(), now(), now(), now(), true
            from generate_series(1, 5000) n;
            analyze ordering.orders
            """);
        await using var explain = new NpgsqlCommand(
            $"explain {EraseCartHandler.SelectReturning.Replace("@UserId", "7", StringComparison.Ordinal)}", session);
        await using var reader = await explain.ExecuteReaderAsync();
        var plan = new List<string>();
        while (await reader.ReadAsync())
            plan.Add(reader.GetString(0));
        foreach (var index in (string[])["orders_open_by_user", "orders_returning"])
            Assert.Contains(plan, line => line.Contains(index, StringComparison.Ordinal));
        Assert.DoesNotContain(plan, line => line.Contains("Seq Scan", StringComparison.Ordinal));
    }

    private static async Task<Guid> OrderCartAsync(Customer customer) =>
        (await customer.PostAsync("/orders", new { userId = customer.UserId, fromCart = true }))
            .Expect(HttpStatusCode.Created)["orderId"].GetGuid();

    private static async Task<List<(long ProductId, int Quantity)>> CartAsync(Customer customer) =>
    [
        .. (await customer.GetAsync(CartOf(customer))).Expect(HttpStatusCode.OK)["items"].EnumerateArray()
            .Select(item => (item.GetProperty("productId").GetInt64(), item.GetProperty("quantity").GetInt32()))
            .Order(),
    ];
}
