using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Shop.IntegrationTests.Ordering;
using Shop.IntegrationTests.Testing;
using Shop.Webhooks.Deliveries;
using Xunit;

namespace Shop.IntegrationTests.Webhooks;

/// <summary>A shop whose webhooks may be on this machine, and a receiver of them.</summary>
public abstract class WebhookTest : ShopTest, IAsyncLifetime
{
    private protected PlatformReceiver Receiver { get; private set; } = null!;

    async Task IAsyncLifetime.InitializeAsync()
    {
        Receiver = await PlatformReceiver.StartAsync();
        await InitializeAsync();
    }

    async Task IAsyncLifetime.DisposeAsync()
    {
        await DisposeAsync();
        await Receiver.DisposeAsync();
    }

    private protected override Task<ShopHost> StartAsync() => ShopHost.StartAsync(new Dictionary<string, string>
    {
        ["Webhooks:AllowedNetworks"] = "127.0.0.0/8",
        ["DataPlatform:MaxAttempts"] = "2",
        ["DataPlatform:Timeout"] = "00:00:02",
    });

    /// <summary>Subscribes the receiver, which then checks signatures by the webhook's secret.</summary>
    private protected async Task<Guid> SubscribeAsync(PlatformReceiver receiver, params string[] types)
    {
        var made = (await Admin.PostAsync("/admin/webhooks", new { url = receiver.Address, types, name = "ERP" }))
            .Expect(HttpStatusCode.Created);
        receiver.Key = KeyOf(made["secret"].GetString()!);
        return made["webhookId"].GetGuid();
    }

    private protected static byte[] KeyOf(string secret) => Convert.FromBase64String(secret["whsec_".Length..]);

    /// <summary>An order that is paid, and whose events are handled.</summary>
    private protected async Task<Guid> PaidOrderAsync()
    {
        var buyer = await SignUpAsync(balance: 10_000);
        var order = await buyer.PlaceAsync((await CreateProductAsync(), 1));
        (await buyer.PayAsync(order)).Expect(HttpStatusCode.Created);
        await Shop.DeliverEventsAsync();
        return order;
    }

    /// <summary>Runs rounds of the worker until so many posts have come.</summary>
    private protected async Task DeliverAsync(PlatformReceiver receiver, int posts)
    {
        var worker = Shop.Services.GetRequiredService<WebhookWorker>();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (receiver.Posts.Count < posts)
        {
            limit.Token.ThrowIfCancellationRequested();
            await worker.RunOnceAsync(limit.Token);
        }

        await SettleAsync();
    }

    /// <summary>Runs rounds of the worker until nothing is leased.</summary>
    private protected async Task SettleAsync()
    {
        var worker = Shop.Services.GetRequiredService<WebhookWorker>();
        do
            await worker.RunOnceAsync(CancellationToken.None);
        while (await Shop.QueryAsync<long>("select count(*) from webhooks.deliveries where lease is not null") > 0);
    }

    private protected Task<Answer> DeliveriesAsync(Guid webhookId, string query = "") =>
        Admin.GetAsync($"/admin/webhooks/{webhookId}/deliveries{query}");
}
