using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Shop.IntegrationTests.Testing;
using Shop.Ranking.Lists;
using Xunit;

namespace Shop.IntegrationTests.Ranking;

public sealed class GetPopularTests : RankingTest
{
    [Fact]
    public async Task A_shop_that_sold_nothing_has_empty_lists_from_its_start()
    {
        // No worker has run: the start itself has computed them.
        for (var days = 1; days <= 30; days++)
            Assert.Equal("", await ListAsync(days));
        Assert.InRange(
            (await Anonymous.GetAsync("/products/popular"))["computedAt"].GetDateTimeOffset(),
            Noon.AddHours(-40),
            Noon);
        Assert.True(await RunWorkerAsync() > 0);
        Assert.Equal("", await ListAsync());
    }

    [Fact]
    public async Task A_host_computes_when_it_starts()
    {
        var tea = await CreateAsync();
        // The other host's clock is not moved: today is its today.
        await Shop.ExecuteAsync(
            $"insert into ranking.daily_sales select (now() at time zone 'Asia/Seoul')::date, {tea}, 5");
        Assert.Equal("", await ListAsync());
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString);

        Assert.Equal($"{tea}:5", Listed(await other.Client().GetAsync("/products/popular")));
    }

    [Fact]
    public async Task A_host_starts_with_the_lists_there_are_when_they_can_not_be_computed()
    {
        var computedAt = await RecomputeAsync();
        await Shop.ExecuteAsync("alter table ranking.daily_sales rename to missing");
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString);

        Assert.Equal(
            computedAt,
            (await other.Client().GetAsync("/products/popular"))
                .Expect(HttpStatusCode.OK)["computedAt"]
                .GetDateTimeOffset());
    }

    [Fact]
    public async Task The_most_sold_come_first_and_of_equals_the_lower_id()
    {
        long[] products =
        [
            await CreateAsync(),
            await CreateAsync(),
            await CreateAsync(),
            await CreateAsync(),
            await CreateAsync(),
            await CreateAsync(),
        ];
        var undone = Paid(Noon, (products[4], 4));
        await DeliverAsync(
            Paid(Noon, (products[3], 2), (products[1], 2)),
            Paid(Noon.AddDays(-1), (products[2], 2)),
            Paid(Noon, (products[5], 3), (products[0], 1)),
            undone, Refunded(undone, Noon));
        // A refund for a day that has been cleared away: less than nothing.
        await Shop.ExecuteAsync(
            $"insert into ranking.daily_sales values ('{Noon.AddDays(-1):yyyy-MM-dd}', {products[0]}, -1)");
        await RecomputeAsync();

        Assert.Equal($"{products[5]}:3 {products[1]}:2 {products[2]}:2 {products[3]}:2", await ListAsync());
        Assert.Equal($"{products[5]}:3 {products[1]}:2 {products[2]}:2", await ListAsync(limit: 3));
        Assert.Equal($"{products[5]}:3 {products[1]}:2 {products[3]}:2 {products[0]}:1", await ListAsync(days: 1));
    }

    [Fact]
    public async Task A_product_that_is_stopped_makes_room_for_the_next()
    {
        var (tea, cup, pot) = (await CreateAsync("Tea"), await CreateAsync("Cup"), await CreateAsync("Pot"));
        await DeliverAsync(Paid(Noon, (tea, 3), (cup, 2), (pot, 1)));
        (await Manager.PatchAsync($"/admin/products/{tea}", new { status = "STOPPED" })).Expect(HttpStatusCode.OK);
        (await Manager.PatchAsync($"/admin/products/{cup}", new { name = "찻잔 \"큰\"", price = 9 })).Expect(
            HttpStatusCode.OK);
        await RecomputeAsync();

        var list = await Anonymous.GetAsync("/products/popular?limit=1");
        Assert.Equal($"{cup}:2", Listed(list));
        Assert.Equal(
            ("찻잔 \"큰\"", 9),
            (list["items"][0].GetProperty("name").GetString(), list["items"][0].GetProperty("price").GetInt64()));
        Assert.Equal($"{cup}:2 {pot}:1", await ListAsync());

        (await Manager.PatchAsync($"/admin/products/{tea}", new { status = "SELLING" })).Expect(HttpStatusCode.OK);
        await RecomputeAsync();
        Assert.Equal($"{tea}:3 {cup}:2 {pot}:1", await ListAsync());
    }

    [Fact]
    public async Task A_list_is_full_however_many_before_are_not_for_sale()
    {
        // Of 1500 products the 1300 most sold are stopped, and some are nobody's.
        await Shop.ExecuteAsync($"""
            insert into catalog.products (product_id, name, price, status, created_at) overriding system value
            select id, 'Product ' || id, id, case when id <= 1300 then 'STOPPED' else 'SELLING' end, now()
                from generate_series(1, 1500) id where id % 100 <> 50;
            insert into catalog.stock (product_id, on_hand) select product_id, 1 from catalog.products;
            insert into ranking.daily_sales select date '{Noon:yyyy-MM-dd}' - id % 3, id, 10000 - id
                from generate_series(1, 1500) id;
            """);
        await RecomputeAsync();

        var all = Enumerable.Range(1301, 200).Where(id => id % 100 != 50).ToList();
        Assert.Equal(string.Join(' ', all.Take(100).Select(id => $"{id}:{10000 - id}")), await ListAsync(days: 30));
        Assert.Equal(
            string.Join(' ', all.Where(id => id % 3 == 0).Select(id => $"{id}:{10000 - id}")),
            await ListAsync(days: 1));
    }

    [Fact]
    public async Task A_list_reaches_back_whole_days_of_the_shop()
    {
        var (tea, cup) = (await CreateAsync(), await CreateAsync());
        var buyer = await SignUpAsync(balance: 10_000);
        (await buyer.PayAsync(await buyer.PlaceAsync((tea, 1)))).Expect(HttpStatusCode.Created);
        // The first and the last moment of the 30th day back, and the one before.
        var midnight = Noon.AddHours(-12);
        await DeliverAsync(
            Paid(midnight.AddDays(-29), (cup, 10)),
            Paid(midnight.AddDays(-28).AddMicroseconds(-1), (cup, 100)),
            Paid(midnight.AddDays(-29).AddMicroseconds(-1), (cup, 1000)));
        Shop.Clock.Advance(TimeSpan.FromHours(12) - TimeSpan.FromMinutes(2));
        Assert.True(await RunWorkerAsync() > 0);
        Assert.Equal($"{tea}:1", await ListAsync(days: 1));
        Assert.Equal($"{tea}:1", await ListAsync(days: 29));
        Assert.Equal($"{cup}:110 {tea}:1", await ListAsync(days: 30));

        // Past midnight in Seoul, which is afternoon in UTC.
        Shop.Clock.Advance(TimeSpan.FromMinutes(4));
        Assert.True(await RunWorkerAsync() > 0);
        Assert.Equal("", await ListAsync(days: 1));
        Assert.Equal($"{tea}:1", await ListAsync(days: 2));
        Assert.Equal($"{tea}:1", await ListAsync(days: 30));

        Shop.Clock.Advance(TimeSpan.FromDays(28));
        Assert.True(await RunWorkerAsync() > 0);
        Assert.Equal("", await ListAsync(days: 29));
        Assert.Equal($"{tea}:1", await ListAsync(days: 30));
        Shop.Clock.Advance(TimeSpan.FromDays(1));
        Assert.True(await RunWorkerAsync() > 0);
        Assert.Equal("", await ListAsync(days: 30));
    }

    [Fact]
    public async Task Days_and_limit_have_bounds()
    {
        foreach (var value in (string[])["0", "31", "-1", "many", "1.5", "99999999999999999999"])
            (await Anonymous.GetAsync($"/products/popular?days={value}")).ExpectInvalid("days");
        foreach (var value in (string[])["0", "101", "-2147483648", "x"])
            (await Anonymous.GetAsync($"/products/popular?days=1&limit={value}")).ExpectInvalid("limit");
    }

    [Fact]
    public async Task Days_that_no_list_reaches_are_cleared_away()
    {
        await Shop.ExecuteAsync(
            $"insert into ranking.daily_sales select date '{Noon:yyyy-MM-dd}' - d, p, 1 from generate_series(0, 99) "
            + "d, generate_series(1, 30) p");
        while (await RunWorkerAsync() > 0)
        {
            // A thousand rows a round.
        }

        Assert.Equal(60, await Shop.QueryAsync<long>("select count(distinct day) from ranking.daily_sales"));
        Assert.Equal(60 * 30, await Shop.QueryAsync<long>("select count(*) from ranking.daily_sales"));
    }
}
