using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Ordering;

public sealed class PutInCartTests : CartTest
{
    [Fact]
    public async Task A_line_is_set_and_taken_out()
    {
        var tea = await CreateProductAsync(stock: 10);
        var customer = await SignUpAsync();
        Assert.Equal([new(tea, 4, 1_000, 10)], Lines(await SetAsync(customer, tea, 4)));
        Assert.Equal([new(tea, 2, 1_000, 10)], Lines(await SetAsync(customer, tea, 2)));
        (await Admin.PatchAsync($"/admin/products/{tea}", new { status = "STOPPED" })).Expect(HttpStatusCode.OK);
        Assert.Empty(Lines(await SetAsync(customer, tea, 0)));
        Assert.Empty(Lines(await SetAsync(customer, 999_999, 0)));

        var cup = await CreateProductAsync();
        await AddAsync(customer, cup, 1);
        (await customer.Client.DeleteAsync($"{CartOf(customer)}/items/{cup}")).Expect(HttpStatusCode.NoContent);
        (await customer.Client.DeleteAsync($"{CartOf(customer)}/items/{cup}")).Expect(HttpStatusCode.NoContent);
        Assert.Empty(Lines(await customer.GetAsync(CartOf(customer))));
    }

    [Fact]
    public async Task What_can_not_be_ordered_is_not_put_in()
    {
        var scarce = await CreateProductAsync(stock: 2);
        var stopped = await CreateProductAsync(stock: 0);
        (await Admin.PatchAsync($"/admin/products/{stopped}", new { status = "STOPPED" })).Expect(HttpStatusCode.OK);
        var customer = await SignUpAsync();

        (await AddAsync(customer, 999_999, 1)).ExpectProblem(HttpStatusCode.NotFound, "catalog.product_not_found");
        (await AddAsync(customer, stopped, 1)).ExpectProblem(HttpStatusCode.Conflict, "catalog.not_for_sale");
        await AddAsync(customer, scarce, 1);
        var short_ = (await AddAsync(customer, scarce, 2)).ExpectProblem(
            HttpStatusCode.Conflict, "catalog.out_of_stock")["shortages"][0];
        Assert.Equal(
            (scarce, 3, 2),
            (
                short_.GetProperty("productId").GetInt64(),
                short_.GetProperty("requested").GetInt32(),
                short_.GetProperty("available").GetInt32()));
        (await SetAsync(customer, scarce, 3)).ExpectProblem(HttpStatusCode.Conflict, "catalog.out_of_stock");
        Assert.Equal([new(scarce, 1, 1_000, 2)], Lines(await customer.GetAsync(CartOf(customer))));
    }

    [Fact]
    public async Task A_line_holds_at_most_a_thousand()
    {
        var plenty = await CreateProductAsync(stock: 5_000);
        var customer = await SignUpAsync();
        (await AddAsync(customer, plenty, 0)).ExpectInvalid("quantity");
        (await AddAsync(customer, plenty, 1_001)).ExpectInvalid("quantity");
        (await SetAsync(customer, plenty, -1)).ExpectInvalid("quantity");
        (await SetAsync(customer, plenty, 1_001)).ExpectInvalid("quantity");
        (await AddAsync(customer, plenty, 600)).Expect(HttpStatusCode.OK);
        (await AddAsync(customer, plenty, 401)).ExpectInvalid("quantity");
        Assert.Equal(
            [new(plenty, 1_000, 1_000, 5_000)],
            Lines((await AddAsync(customer, plenty, 400)).Expect(HttpStatusCode.OK)));
        (await customer.Client.SendRawAsync(
            HttpMethod.Post, $"{CartOf(customer)}/items", """{"productId": "1"}""")).Expect(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Ordering_from_the_cart_empties_it_once_whoever_is_quicker()
    {
        var tea = await CreateProductAsync(price: 2_000, stock: 100);
        var customer = await SignUpAsync();
        await AddAsync(customer, tea, 3);

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => FromCartAsync(customer)));

        var order = Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);
        Assert.Equal(6_000, order["totalAmount"].GetInt64());
        Assert.All(
            answers.Where(answer => answer.Status != HttpStatusCode.Created),
            answer => answer.ExpectProblem(HttpStatusCode.Conflict, "orders.empty_cart"));
        Assert.Empty(Lines(await customer.GetAsync(CartOf(customer))));
        Assert.Equal(97, await StockOfAsync(tea));
    }

    [Fact]
    public async Task A_refused_order_leaves_the_cart_as_it_is()
    {
        var tea = await CreateProductAsync(stock: 5);
        var customer = await SignUpAsync();
        await AddAsync(customer, tea, 5);
        await (await SignUpAsync()).PlaceAsync((tea, 1));

        (await FromCartAsync(customer)).ExpectProblem(HttpStatusCode.Conflict, "catalog.out_of_stock");
        Assert.Equal([new(tea, 5, 1_000, 4)], Lines(await customer.GetAsync(CartOf(customer))));
        (await customer.PostAsync(
            "/orders",
            new
            {
                userId = customer.UserId,
                fromCart = true,
                items = new[] { new { productId = tea, quantity = 1 } },
            })).ExpectInvalid("items");
        (await customer.PostAsync(
            "/orders", new { userId = customer.UserId, fromCart = false })).ExpectInvalid("items");
    }

    [Fact]
    public async Task A_cart_holds_fifty_products_whoever_is_quicker()
    {
        var products = await ProductsAsync(56);
        var customer = await SignUpAsync();
        await FillAsync(customer, products.Take(45));

        var answers = await Task.WhenAll(products.Skip(45).Select(product => AddAsync(customer, product, 1)));

        Assert.Equal(5, answers.Count(answer => answer.Status == HttpStatusCode.OK));
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.OK), IsTooManyLines);
        Assert.Equal(50, Lines(await customer.GetAsync(CartOf(customer))).Count);
    }

    [Fact]
    public async Task A_full_cart_takes_no_other_product_but_more_of_its_own()
    {
        var products = await ProductsAsync(51);
        var customer = await SignUpAsync();
        await FillAsync(customer, products.Take(50));

        IsTooManyLines(await AddAsync(customer, products[50], 1));
        IsTooManyLines(await SetAsync(customer, products[50], 1));
        (await SetAsync(customer, products[50], 0)).Expect(HttpStatusCode.OK);
        (await AddAsync(customer, products[7], 999)).Expect(HttpStatusCode.Conflict);
        (await AddAsync(customer, products[7], 1_000)).ExpectInvalid("quantity");
        (await AddAsync(customer, products[7], 2)).Expect(HttpStatusCode.OK);
        (await SetAsync(customer, products[0], 0)).Expect(HttpStatusCode.OK);
        (await AddAsync(customer, products[50], 1)).Expect(HttpStatusCode.OK);
        (await FromCartAsync(customer)).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_cart_of_before_the_limit_is_read_and_made_smaller_but_not_ordered()
    {
        var products = await ProductsAsync(60);
        var customer = await SignUpAsync(balance: 1_000_000);
        await FillAsync(customer, products);

        Assert.Equal(60, Lines(await customer.GetAsync(CartOf(customer))).Count);
        IsTooManyLines(await FromCartAsync(customer));
        IsTooManyLines(await CheckOutAsync(customer));
        (await AddAsync(customer, products[3], 1)).Expect(HttpStatusCode.OK);
        Assert.Equal(60, Lines(await customer.GetAsync(CartOf(customer))).Count);
        foreach (var product in products.Take(10))
            (await customer.Client.DeleteAsync($"{CartOf(customer)}/items/{product}")).Expect(HttpStatusCode.NoContent);
        (await CheckOutAsync(customer)).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_product_put_in_and_an_erasure_at_once_leave_no_line_of_an_erased_user()
    {
        var tea = await CreateProductAsync();
        await using var second = await ShopHost.StartAsync(Shop.ConnectionString);
        for (var round = 0; round < 6; round++)
        {
            var customer = await SignUpAsync();
            var elsewhere = second.Client(Admin.AccessToken);
            await Task.WhenAll(
                Admin.PostAsync($"/users/{customer.UserId}/erasure", new { }),
                elsewhere.PostAsync($"{CartOf(customer)}/items", new { productId = tea, quantity = 1 }),
                elsewhere.PutAsync($"{CartOf(customer)}/items/{tea}", new { quantity = 2 }));
        }

        Assert.Equal(6, await Shop.QueryAsync<long>("select count(*) from identity.users where status = 'ERASED'"));
        Assert.Equal(0, await Shop.QueryAsync<long>("select count(*) from ordering.cart_items"));
    }

    [Fact]
    public async Task A_product_put_in_while_the_user_is_erased_waits_for_that_and_is_refused()
    {
        var tea = await CreateProductAsync();
        var customer = await SignUpAsync();
        await using var held = await Shop.HoldCommitsAsync("identity.activity");
        var erasure = Admin.PostAsync($"/users/{customer.UserId}/erasure", new { });
        await Shop.UntilACommitIsHeldAsync();
        var put = customer.PostAsync($"{CartOf(customer)}/items", new { productId = tea, quantity = 1 });
        await Shop.UntilALockIsWaitedForAsync();
        await held.DisposeAsync();
        (await erasure).Expect(HttpStatusCode.NoContent);
        (await put).ExpectProblem(HttpStatusCode.NotFound, "wallet.user_not_found");
        Assert.Equal(0, await Shop.QueryAsync<long>("select count(*) from ordering.cart_items"));
    }

    private static Task<Answer> CheckOutAsync(Customer customer) =>
        customer.PostAsync("/checkout", new { userId = customer.UserId, fromCart = true });

    private static void IsTooManyLines(Answer answer) =>
        Assert.Equal(50, answer.ExpectProblem(HttpStatusCode.Conflict, "orders.too_many_lines")["maximum"].GetInt32());

    private async Task<long[]> ProductsAsync(int count)
    {
        var first = await CreateProductAsync();
        await Shop.ExecuteAsync($"""
            with product as (
                insert into catalog.products (name, price, status, created_at)
                select 'Product ' || i, 1000, 'SELLING', now() from generate_series(2, {count}) as i
                returning product_id)
            insert into catalog.stock (product_id, on_hand, reserved) select product_id, 100, 0 from product
            """);
        return [.. Enumerable.Range(0, count).Select(i => first + i)];
    }

    private Task FillAsync(Customer customer, IEnumerable<long> products) => Shop.ExecuteAsync($"""
        insert into ordering.cart_items (user_id, product_id, quantity, added_at)
        select {customer.UserId}, product_id, 1, now() from unnest(array[{string.Join(',', products)}]) as product_id
        """);
}
