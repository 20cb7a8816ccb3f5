using System.Net;
using Shop.IntegrationTests.Testing;
using Shop.Ordering.Orders;
using Shop.Ordering.Orders.Placing;
using Xunit;

namespace Shop.IntegrationTests.Ordering;

/// <summary>How many orders of one user may wait for their payment.</summary>
public sealed class OpenOrderTests : ShopTest
{
    private const int Maximum = 10;

    [Fact]
    public async Task Of_twenty_orders_at_once_on_two_hosts_ten_are_placed()
    {
        var product = await CreateProductAsync(stock: 100);
        await using var second = await ShopHost.StartAsync(Shop.ConnectionString);
        var customer = await SignUpAsync();
        var there = second.Client(await SignInAsync(customer.Email, "correct horse"));

        var body = new { userId = customer.UserId, items = new[] { new { productId = product, quantity = 1 } } };
        var answers = await Task.WhenAll(Enumerable.Range(0, 2 * Maximum).Select(i =>
            (i % 2 == 0 ? customer.Client : there).PostAsync("/orders", body)));

        Assert.Equal(Maximum, answers.Count(answer => answer.Status == HttpStatusCode.Created));
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.Created), IsTooManyOpen);
        Assert.Equal(100 - Maximum, await StockOfAsync(product));
        Assert.Equal(0, Shop.Lost.Count + second.Lost.Count);
    }

    [Fact]
    public async Task An_order_that_is_paid_cancelled_or_past_its_window_makes_room_for_another()
    {
        var product = await CreateProductAsync(price: 1_000, stock: 100);
        var customer = await SignUpAsync(balance: 1_000);
        var orders = new List<Guid>();
        for (var i = 0; i < Maximum; i++)
            orders.Add(await customer.PlaceAsync((product, 1)));

        IsTooManyOpen(await customer.OrderAsync((product, 1)));
        (await customer.PayAsync(orders[0])).Expect(HttpStatusCode.Created);
        await customer.PlaceAsync((product, 1));
        IsTooManyOpen(await customer.OrderAsync((product, 1)));
        (await customer.PostAsync($"/orders/{orders[1]}/cancel")).Expect(HttpStatusCode.OK);
        await customer.PlaceAsync((product, 1));
        IsTooManyOpen(await customer.OrderAsync((product, 1)));

        // They are not closed yet.
        Shop.Clock.Advance(TimeSpan.FromMinutes(15));
        await customer.PlaceAsync((product, 1));
    }

    [Fact]
    public async Task A_checkout_neither_counts_nor_is_refused()
    {
        var product = await CreateProductAsync(price: 0, stock: 100);
        var customer = await SignUpAsync();
        for (var i = 0; i < Maximum; i++)
        {
            (await CheckoutAsync(customer, product)).Expect(HttpStatusCode.Created);
            await customer.PlaceAsync((product, 1));
        }

        IsTooManyOpen(await customer.OrderAsync((product, 1)));
        (await CheckoutAsync(customer, product)).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Others_are_not_counted_and_an_unknown_user_or_an_empty_cart_is_told_first()
    {
        var product = await CreateProductAsync(stock: 100);
        var customer = await SignUpAsync();
        for (var i = 0; i < Maximum; i++)
            await customer.PlaceAsync((product, 1));

        await (await SignUpAsync()).PlaceAsync((product, 1));
        var unknown = new { userId = 999_999, items = new[] { new { productId = product, quantity = 1 } } };
        (await Admin.PostAsync("/orders", unknown)).ExpectProblem(HttpStatusCode.NotFound, "wallet.user_not_found");
        var empty = new { userId = customer.UserId, fromCart = true };
        (await customer.PostAsync("/orders", empty)).ExpectProblem(HttpStatusCode.Conflict, "orders.empty_cart");
        IsTooManyOpen(await customer.OrderAsync((999_999, 1)));
    }

    [Fact]
    public async Task They_are_counted_by_their_index()
    {
        await Shop.ExecuteAsync("""
            insert into ordering.orders
                (order_id, user_id, status, items_amount, discount_amount, total_amount, payment_id, created_at,
                expires_at, closed_at)
            select gen_random_uuid(), n % 2000, case when n % 10 = 0 then 'CREATED' else 'PAID' end, 0, 0, 0,
                case when n % 10 <> 0 then gen_random_uuid() end, now(), now() + interval '1 hour',
                case when n % 10 <> 0 then now() end
            from generate_series(1, 50000) as n;
            analyze ordering.orders
            """);
        var counting = OpenOrdersReader.SelectOpen
            .Replace("@users", "array[17, 20]::bigint[]", StringComparison.Ordinal)
            .Replace("@maximum", "10", StringComparison.Ordinal);

        var plan = await Shop.QueryAsync<string>($"explain (format json) {counting}");

        Assert.Contains("orders_open_by_user", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
    }

    private static Task<Answer> CheckoutAsync(Customer customer, long productId)
    {
        var items = new[] { new { productId, quantity = 1 } };
        return customer.PostAsync("/checkout", new { userId = customer.UserId, items });
    }

    private static void IsTooManyOpen(Answer answer)
    {
        answer.ExpectProblem(HttpStatusCode.Conflict, "orders.too_many_open");
        Assert.Equal(Maximum, answer["maximum"].GetInt32());
    }
}
