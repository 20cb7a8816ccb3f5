using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Database;

/// <summary>
/// The number of a request's statements does not grow with the lines of an order or a cart, nor with the rows of a
/// page.
/// </summary>
public sealed class StatementCountTests(StatementCountTests.Stocked stocked)
    : IClassFixture<StatementCountTests.Stocked>
{
    private const int Many = 20;

    [Theory]
    [InlineData("place")]
    [InlineData("place from cart")]
    [InlineData("checkout")]
    [InlineData("checkout from cart")]
    [InlineData("pay")]
    [InlineData("fail to pay")]
    [InlineData("cancel")]
    [InlineData("refund")]
    [InlineData("read order")]
    [InlineData("read cart")]
    [InlineData("add to cart")]
    [InlineData("deliver events")]
    public async Task Lines_cost_no_statements(string what)
    {
        // The first time prepares: keys are read, code is compiled.
        await stocked.CountAsync(what, lines: 2);
        var one = await stocked.CountAsync(what, lines: 1);
        Assert.True(one.RoundTrips > 0 && one.Commands >= one.RoundTrips, $"Nothing was counted: {one}");
        Assert.Equal(one, await stocked.CountAsync(what, Many));
    }

    // Locks and decisions, then writes and COMMIT. A cart tells what to lock, an order whose wallet to lock.
    [Theory]
    [InlineData("place", 2)]
    [InlineData("place from cart", 3)]
    [InlineData("checkout", 2)]
    [InlineData("checkout from cart", 3)]
    [InlineData("pay", 3)]
    public async Task A_batch_takes_two_round_trips_and_one_more_to_find_out_what_to_lock(string what, int expected)
    {
        await stocked.CountAsync(what, lines: 2);
        Assert.Equal(expected, (await stocked.CountAsync(what, lines: 2)).RoundTrips);
    }

    // A checkout's goods are sold before its event: no stock is locked, updated or moved.
    [Fact]
    public async Task The_event_of_a_checkout_costs_the_catalog_nothing()
    {
        await stocked.CountAsync("deliver events", lines: 2);
        var ofCheckout = await stocked.CountAsync("deliver events", lines: 2);
        await stocked.CountAsync("deliver payment", lines: 2);
        var ofPayment = await stocked.CountAsync("deliver payment", lines: 2);
        // A savepoint, the reservations read; the lock with its time, the stock, the reservations, the movements.
        Assert.Equal(new Statements(ofCheckout.RoundTrips + 3, ofCheckout.Commands + 8), ofPayment);
    }

    [Theory]
    [InlineData("/users/{0}/orders?")]
    [InlineData("/users/{0}/orders?status=PAID&")]
    [InlineData("/users/{0}/payments?")]
    [InlineData("/users/{0}/balance/history?")]
    [InlineData("/users/{0}/coupons?")]
    [InlineData("/products?")]
    [InlineData("/products?q=e&sort=PRICE_DESC&")]
    [InlineData("/products/popular?days=30&")]
    [InlineData("/coupons?")]
    [InlineData("/admin/coupons?")]
    [InlineData("/admin/orders?")]
    [InlineData("/admin/orders?status=PAID&userId={0}&")]
    [InlineData("/admin/users?")]
    [InlineData("/admin/products/{1}/stock-movements?")]
    public async Task Rows_cost_no_statements(string list)
    {
        await stocked.CountRowsAsync(list, rows: 2);
        var one = await stocked.CountRowsAsync(list, rows: 1);
        Assert.True(one.RoundTrips > 0, $"Nothing was counted: {one}");
        Assert.Equal(one, await stocked.CountRowsAsync(list, Many));
    }

    /// <summary>A shop with a page of everything, in which nothing happens but what is counted.</summary>
    public sealed class Stocked : ShopTest, IAsyncLifetime
    {
        private readonly List<long> products = [];
        private Customer regular = null!;

        internal async Task<Statements> CountAsync(string what, int lines)
        {
            var customer = await SignUpAsync(balance: 1_000_000);
            var items = products.Take(lines).Select(product => (product, 2)).ToArray();
            switch (what)
            {
                case "place":
                    return await CountAsync(HttpStatusCode.Created, () => customer.OrderAsync(items));
                case "place from cart":
                    await FillCartAsync(customer, lines);
                    return await CountAsync(
                        HttpStatusCode.Created,
                        () => customer.PostAsync("/orders", new { userId = customer.UserId, fromCart = true }));
                case "checkout":
                    return await CountAsync(HttpStatusCode.Created, () => CheckoutAsync(customer, lines));
                case "checkout from cart":
                    await FillCartAsync(customer, lines);
                    return await CountAsync(
                        HttpStatusCode.Created,
                        () => customer.PostAsync("/checkout", new { userId = customer.UserId, fromCart = true }));
                case "pay":
                    var placed = await customer.PlaceAsync(items);
                    return await CountAsync(HttpStatusCode.Created, () => customer.PayAsync(placed));
                case "fail to pay":
                    var poor = await SignUpAsync();
                    var unpayable = await poor.PlaceAsync(items);
                    return await CountAsync(HttpStatusCode.Conflict, () => poor.PayAsync(unpayable));
                case "cancel":
                    var open = await customer.PlaceAsync(items);
                    return await CountAsync(HttpStatusCode.OK, () => customer.PostAsync($"/orders/{open}/cancel"));
                case "refund":
                    var paid = (await CheckoutAsync(customer, lines))
                        .Expect(HttpStatusCode.Created)["order"]
                        .GetProperty("orderId")
                        .GetGuid();
                    return await CountAsync(HttpStatusCode.OK, () => customer.PostAsync($"/orders/{paid}/cancel"));
                case "read order":
                    var order = await customer.PlaceAsync(items);
                    return await CountAsync(HttpStatusCode.OK, () => customer.GetAsync($"/orders/{order}"));
                case "read cart":
                    await FillCartAsync(customer, lines);
                    return await CountAsync(
                        HttpStatusCode.OK, () => customer.GetAsync($"/users/{customer.UserId}/cart"));
                case "add to cart":
                    await FillCartAsync(customer, lines - 1);
                    return await CountAsync(HttpStatusCode.OK, () => AddAsync(customer, products[lines - 1]));
                case "deliver events":
                    await Shop.DeliverEventsAsync();
                    (await CheckoutAsync(customer, lines)).Expect(HttpStatusCode.Created);
                    return await Shop.Sent.CountAsync(Shop.DeliverEventsAsync);
                case "deliver payment":
                    await Shop.DeliverEventsAsync();
                    (await customer.PayAsync(await customer.PlaceAsync(items))).Expect(HttpStatusCode.Created);
                    return await Shop.Sent.CountAsync(Shop.DeliverEventsAsync);
                default:
                    throw new ArgumentOutOfRangeException(nameof(what), what, "Not known.");
            }
        }

        internal Task<Statements> CountRowsAsync(string list, int rows) => Shop.Sent.CountAsync(async () =>
        {
            var path = string.Format(
                System.Globalization.CultureInfo.InvariantCulture, list, regular.UserId, products[0]);
            var page = (await Admin.GetAsync($"{path}limit={rows}")).Expect(HttpStatusCode.OK);
            Assert.Equal(rows, page["items"].GetArrayLength());
        });

        async Task IAsyncLifetime.InitializeAsync()
        {
            await InitializeAsync();
            for (var i = 0; i < Many; i++)
                products.Add(await CreateProductAsync(stock: 10_000, name: $"Keyboard {i}"));
            regular = await SignUpAsync(balance: 10_000_000);
            for (var i = 0; i < Many; i++)
            {
                (await CheckoutAsync(regular, lines: 1)).Expect(HttpStatusCode.Created);
                (await Admin.PostAsync(
                    $"/coupons/{await CreateCouponAsync()}/issue", new { userId = regular.UserId })).Expect(
                    HttpStatusCode.Created);
                await SignUpAsync();
            }

            (await CheckoutAsync(regular, Many)).Expect(HttpStatusCode.Created);
            await Shop.DeliverEventsAsync();
            (await Admin.PostAsync("/admin/ranking/recompute")).Expect(HttpStatusCode.OK);
        }

        private async Task<Statements> CountAsync(HttpStatusCode expected, Func<Task<Answer>> request) =>
            await Shop.Sent.CountAsync(async () => (await request()).Expect(expected));

        private Task<Answer> CheckoutAsync(Customer customer, int lines) => customer.PostAsync(
            "/checkout",
            new
            {
                userId = customer.UserId,
                items = products.Take(lines).Select(productId => new { productId, quantity = 1 }),
            });

        private async Task FillCartAsync(Customer customer, int lines)
        {
            foreach (var product in products.Take(lines))
                (await AddAsync(customer, product)).Expect(HttpStatusCode.OK);
        }

        private static Task<Answer> AddAsync(Customer customer, long productId) =>
            customer.PostAsync($"/users/{customer.UserId}/cart/items", new { productId, quantity = 1 });

        private async Task<long> CreateCouponAsync() => (await Admin.PostAsync("/admin/coupons", new
        {
            name = "A tenth off",
            discount = new { type = "PERCENT", value = 10 },
            quantity = 10,
            issueFrom = "2020-01-01T00:00:00Z",
            issueUntil = "2099-01-01T00:00:00Z",
            validUntil = "2099-01-01T00:00:00Z",
        })).Expect(HttpStatusCode.Created)["couponId"].GetInt64();
    }
}
