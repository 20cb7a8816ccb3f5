using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Shop.IntegrationTests.Testing;
using Shop.Ordering.DataPlatform;
using Xunit;

namespace Shop.IntegrationTests.Ordering;

/// <summary>
/// A shop that tells a data platform over HTTP. Its first host takes orders, and none of its own deliver.
/// </summary>
public abstract class PlatformTest : ShopTest, IAsyncLifetime
{
    private protected static readonly TimeSpan PastEveryPause = TimeSpan.FromMinutes(11);

    private long product;

    private protected PlatformReceiver Receiver { get; private set; } = null!;

    private protected Customer Buyer { get; private set; } = null!;

    async Task IAsyncLifetime.InitializeAsync()
    {
        Receiver = await PlatformReceiver.StartAsync();
        await InitializeAsync();
        product = await CreateProductAsync(price: 10, stock: 10_000);
        Buyer = await SignUpAsync(balance: 1_000_000);
    }

    async Task IAsyncLifetime.DisposeAsync()
    {
        await DisposeAsync();
        await Receiver.DisposeAsync();
    }

    private protected Task<ShopHost> StartDelivererAsync(params (string Name, string Value)[] settings) =>
        ShopHost.StartAsync(Shop.ConnectionString, Receiver.Settings(settings));

    /// <summary>Orders that are paid, and whose deliveries are due.</summary>
    private protected async Task<IReadOnlyList<Guid>> PaidOrdersAsync(int count = 1)
    {
        var orders = new List<Guid>();
        for (var i = 0; i < count; i++)
        {
            orders.Add(await Buyer.PlaceAsync((product, 1)));
            (await Buyer.PayAsync(orders[^1])).Expect(HttpStatusCode.Created);
        }

        await Shop.DeliverEventsAsync();
        return orders;
    }

    private protected async Task RefundAsync(Guid order)
    {
        (await Buyer.PostAsync($"/orders/{order}/cancel")).Expect(HttpStatusCode.OK);
        await Shop.DeliverEventsAsync();
    }

    /// <summary>One round of a host's worker.</summary>
    private protected static Task<int> DeliverOnceAsync(ShopHost host) =>
        host.Services.GetRequiredService<DeliveryWorker>().RunOnceAsync(CancellationToken.None);

    private protected Task<long> PendingAsync() => CountAsync("PENDING");

    private protected Task<long> DeadAsync() => CountAsync("DEAD");

    private Task<long> CountAsync(string status) =>
        Shop.QueryAsync<long>($"select count(*) from ordering.deliveries where status = '{status}'");
}
