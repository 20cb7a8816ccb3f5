using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Ordering;

public sealed class StockRaceTests : ShopTest
{
    // One buyer stands for many.
    private static readonly Dictionary<string, string> ManyOrders = new() { ["Ordering:MaximumOpenOrders"] = "10000" };

    private protected override Task<ShopHost> StartAsync() => ShopHost.StartAsync(ManyOrders);

    [Fact]
    public async Task A_hundred_buyers_of_the_last_unit_make_one_order_and_no_orphan()
    {
        var product = await CreateProductAsync(stock: 1);
        var customers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => SignUpAsync()));

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 100).Select(i => customers[i % 10].OrderAsync((product, 1))));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);
        Assert.All(
            answers.Where(answer => answer.Status != HttpStatusCode.Created),
            answer => answer.ExpectProblem(HttpStatusCode.Conflict, "catalog.out_of_stock"));
        Assert.Equal(1, await Shop.QueryAsync<long>("select count(*) from ordering.orders"));
        Assert.Equal(1, await Shop.QueryAsync<long>("select count(*) from ordering.order_lines"));
        Assert.Equal(1, await Shop.QueryAsync<long>("select count(*) from catalog.stock_reservations"));
        Assert.Equal(0, await StockOfAsync(product));
    }

    [Fact]
    public async Task Two_hosts_selling_the_same_stock_never_oversell()
    {
        var product = await CreateProductAsync(stock: 30);
        await using var second = await ShopHost.StartAsync(Shop.ConnectionString, ManyOrders);
        var customer = await SignUpAsync();
        var there = second.Client(await SignInAsync(customer.Email, "correct horse"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => i % 2 == 0
            ? customer.OrderAsync((product, 1))
            : there.PostAsync(
                "/orders",
                new { userId = customer.UserId, items = new[] { new { productId = product, quantity = 1 } } })));

        Assert.Equal(30, answers.Count(answer => answer.Status == HttpStatusCode.Created));
        Assert.Equal(30, answers.Count(answer => answer.Status == HttpStatusCode.Conflict));
        Assert.Equal(0, await StockOfAsync(product));
        Assert.Equal(30, await Shop.QueryAsync<long>("select sum(quantity) from catalog.stock_reservations"));
    }

    [Fact]
    public async Task Baskets_in_opposite_order_never_show_a_deadlock()
    {
        var a = await CreateProductAsync(stock: 100_000);
        var b = await CreateProductAsync(stock: 100_000);
        var customer = await SignUpAsync();

        var answers = new List<Answer>();
        for (var round = 0; round < 10; round++)
        {
            answers.AddRange(await Task.WhenAll(Enumerable.Range(0, 100).Select(i =>
                i % 2 == 0 ? customer.OrderAsync((a, 1), (b, 2)) : customer.OrderAsync((b, 1), (a, 2)))));
        }

        Assert.All(answers, answer => answer.Expect(HttpStatusCode.Created));
        Assert.Empty(Shop.Lost.Messages);
        Assert.Equal(100_000 - 1_500, await StockOfAsync(a));
        Assert.Equal(100_000 - 1_500, await StockOfAsync(b));
    }
}
