using System.Net;
using Xunit;

namespace Shop.IntegrationTests.Operations;

public sealed class SeedVerbTests : VerbTest
{
    [Fact]
    public async Task The_demo_can_be_shopped_in_and_its_books_are_in_order()
    {
        var (exitCode, output, error) = await RunAsync("seed", Database, "--environment=Development");
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("demo-password", output, StringComparison.Ordinal);

        await AssertConsistentAsync();
        var products = (await Anonymous.GetAsync("/products?limit=100")).Expect(HttpStatusCode.OK)["items"];
        Assert.True(products.GetArrayLength() >= 36);
        Assert.Equal(
            5,
            (await Anonymous.GetAsync("/products/popular?days=3")).Expect(HttpStatusCode.OK)["items"].GetArrayLength());
        Assert.Equal(12, await Shop.QueryAsync<long>("select count(*) from wallet.top_ups where status = 'COMPLETED'"));
        Assert.Equal(1, await Shop.QueryAsync<long>("select count(*) from wallet.ledger where type = 'ADJUSTMENT'"));
        Assert.Equal(2, await Shop.QueryAsync<long>(
            "select count(*) from wallet.top_ups where status in ('FAILED', 'EXPIRED')"));
        Assert.Equal(1, await Shop.QueryAsync<long>(
            "select count(*) from ordering.orders where status = 'PAID' and refunded_amount > 0"));
        Assert.Equal(1, await Shop.QueryAsync<long>("select count(*) from catalog.stock where max_per_user = 3"));
        Assert.Equal(4, (await Anonymous.GetAsync("/coupons")).Expect(HttpStatusCode.OK)["items"].GetArrayLength());

        var mina = Shop.Client(await SignInAsync("mina@shop.local", "demo-password"));
        var userId = (await Admin.GetAsync("/admin/users?email=mina@"))
            .Expect(HttpStatusCode.OK)["items"][0]
            .GetProperty("userId")
            .GetInt64();
        Assert.True(
            (await mina.GetAsync($"/users/{userId}/orders")).Expect(HttpStatusCode.OK)["items"].GetArrayLength() > 0);
        var held = (await mina.GetAsync($"/users/{userId}/coupons"))
            .Expect(HttpStatusCode.OK)["items"][0]
            .GetProperty("userCouponId")
            .GetInt64();
        (await mina.PostAsync($"/users/{userId}/balance/charges", new { amount = 1_000_000 })).Expect(
            HttpStatusCode.OK);
        var items = new[] { new { productId = products[0].GetProperty("productId").GetInt64(), quantity = 1 } };
        (await mina.PostAsync("/checkout", new { userId, items, userCouponId = held })).Expect(HttpStatusCode.Created);
        await Shop.DeliverEventsAsync();
        await AssertConsistentAsync();

        // A second time there is a shop already.
        (exitCode, _, error) = await RunAsync("seed", Database);
        Assert.Equal(2, exitCode);
        Assert.Contains("empty shop", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task At_scale_the_books_are_in_order_and_what_was_there_stays()
    {
        var product = await CreateProductAsync(stock: 7);
        var customer = await SignUpAsync(balance: 5_000);
        foreach (var _ in (int[])[1, 2])
            Assert.Equal(
                (0, ""),
                Without(await RunAsync("seed", Database, "--users", "200", "--products=50", "--orders", "6000")));

        await AssertConsistentAsync();
        Assert.Equal(12_000, await Shop.QueryAsync<long>("select count(*) from ordering.orders"));
        Assert.Equal(
            0,
            await Shop.QueryAsync<long>(
                "select count(*) from identity.users where email like '%seed.example' and password_hash is not null"));
        Assert.Equal((7, 5_000), (await StockOfAsync(product), await customer.BalanceAsync()));
        // New ids go on behind those that were written.
        Assert.Equal(product + 101, await CreateProductAsync());
    }

    [Theory]
    [InlineData("--orders needs --users", "--orders", "5")]
    [InlineData("--users must be a whole number", "--users", "many")]
    [InlineData("--products must be a whole number", "--products=-1")]
    public async Task What_makes_no_sense_is_refused(string reason, params string[] options)
    {
        var (exitCode, _, error) = await RunAsync(["seed", Database, .. options]);
        Assert.Equal(2, exitCode);
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Outside_development_nobody_signs_in_with_a_password_that_everybody_knows()
    {
        Assert.Equal(0, (await RunAsync("seed", Database, "--environment=Production")).ExitCode);
        Assert.Equal(
            12,
            await Shop.QueryAsync<long>(
                "select count(*) from identity.users where role = 'CUSTOMER' and password_hash is null"));
    }

    private async Task AssertConsistentAsync()
    {
        var audit = (await Admin.GetAsync("/admin/audit")).Expect(HttpStatusCode.OK);
        Assert.True(audit["consistent"].GetBoolean(), audit.Text);
    }

    private static (int, string) Without((int ExitCode, string, string Error) run) => (run.ExitCode, run.Error);
}
