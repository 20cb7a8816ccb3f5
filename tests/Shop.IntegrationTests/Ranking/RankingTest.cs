using System.Net;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Commands;
using Shop.BuildingBlocks.Database;
using Shop.IntegrationTests.Testing;
using Shop.Ordering.Contracts;
using Shop.Ranking.Lists;
using Xunit;

namespace Shop.IntegrationTests.Ranking;

/// <summary>A shop whose clock stands at noon in Seoul when a test begins, far from any change of the day.</summary>
public abstract class RankingTest : ShopTest, IAsyncLifetime
{
    private protected DateTimeOffset Noon { get; private set; }

    async Task IAsyncLifetime.InitializeAsync()
    {
        await InitializeAsync();
        Noon = MoveToNoon(Shop.Clock);
        await SignInAgainAsync();
    }

    // Its clock is moved, so no other test could use it.
    private protected override Task<ShopHost> StartAsync() => ShopHost.StartAsync();

    private protected static DateTimeOffset MoveToNoon(TestClock clock)
    {
        var now = clock.GetUtcNow().ToOffset(TimeSpan.FromHours(9));
        var noon = new DateTimeOffset(now.Date, now.Offset).AddDays(1).AddHours(12);
        clock.Advance(noon - now);
        return noon.ToUniversalTime();
    }

    // Tokens last for an hour.
    private protected async Task SignInAgainAsync() =>
        Manager = Shop.Client(await SignInAsync("admin@shop.local", "admin-password"));

    /// <summary>The administrator, with a token of the day to which the clock was moved.</summary>
    private protected ShopClient Manager { get; private set; } = null!;

    private protected async Task<long> CreateAsync(string name = "Keyboard", long price = 1_000) =>
        (await Manager.PostAsync("/admin/products", new { name, price, stock = 1_000 }))
            .Expect(HttpStatusCode.Created)["productId"]
            .GetInt64();

    private protected async Task<string> ListAsync(int days = 3, int limit = 100) =>
        Listed(await Anonymous.GetAsync($"/products/popular?days={days}&limit={limit}"));

    /// <summary>The list as <c>product:quantity …</c>, in the order of its ranks.</summary>
    private protected static string Listed(Answer answer)
    {
        var items = answer.Expect(HttpStatusCode.OK)["items"].EnumerateArray().ToList();
        Assert.Equal(Enumerable.Range(1, items.Count), items.Select(item => item.GetProperty("rank").GetInt32()));
        return string.Join(
            ' ', items.Select(item => $"{item.GetProperty("productId")}:{item.GetProperty("quantitySold")}"));
    }

    private protected async Task<DateTimeOffset> RecomputeAsync() =>
        (await Manager.PostAsync("/admin/ranking/recompute"))
            .Expect(HttpStatusCode.OK)["computedAt"]
            .GetDateTimeOffset();

    private protected Task<int> RunWorkerAsync() =>
        Shop.Services.GetRequiredService<ComputeLists>().RunOnceAsync(CancellationToken.None);

    private protected static OrderPaid Paid(
        DateTimeOffset at, params (long ProductId, int Quantity)[] items) => new(new Order(
        Guid.CreateVersion7(),
        1,
        OrderStatus.Paid,
        [.. items.Select(item => new OrderItem(item.ProductId, "Keyboard", 1, item.Quantity, item.Quantity))],
        1, 0, 1, null, null, at, at, at));

    private protected static OrderRefunded Refunded(OrderPaid paid, DateTimeOffset at) =>
        new(paid.Order with { Status = OrderStatus.Refunded, ClosedAt = at }, PaidAt: paid.Order.ClosedAt!.Value);

    private protected async Task DeliverAsync(params OrderClosed[] events)
    {
        await PublishAsync(events);
        await Shop.DeliverEventsAsync();
        Assert.Equal(0, await Shop.QueryAsync<long>("select count(*) from ordering.outbox_failures"));
    }

    private protected Task<Unit> PublishAsync(
        params OrderClosed[] events) => Shop.Services.GetRequiredService<Transactions>().RunAsync(
        (scope, _) =>
        {
            foreach (var happened in events)
                scope.GetRequiredService<BuildingBlocks.Outbox.Outbox>().Publish(happened);
            return Unit.Task;
        },
        CancellationToken.None);

    /// <summary>The table as <c>days ago:product:quantity …</c>.</summary>
    private protected Task<string> SalesAsync() => Shop.QueryAsync<string>($"""
        select coalesce(string_agg(date '{Noon:yyyy-MM-dd}' - day || ':' || product_id || ':' || quantity, ' '
            order by day desc, product_id), '')
        from ranking.daily_sales
        """);
}
