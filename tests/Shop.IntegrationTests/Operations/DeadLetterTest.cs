using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;

namespace Shop.IntegrationTests.Operations;

/// <summary>
/// A shop in which a delivery is dead after its first failure, and where handlers can be made to fail.
/// </summary>
public abstract class DeadLetterTest : ShopTest
{
    // All that take a paid order.
    private protected static readonly string[] Handlers =
    [
        "catalog.settle-reservations",
        "coupons.settle-coupons",
        "ordering.record-delivery",
        "ranking.count-sales",
        "webhooks.record-order-deliveries",
    ];

    private protected override Task<ShopHost> StartAsync() =>
        ShopHost.StartAsync(
            new Dictionary<string, string> { ["Outbox:MaxAttempts"] = "1", ["DataPlatform:MaxAttempts"] = "1" });

    private protected async Task<Guid> PaidOrderAsync(long product)
    {
        var customer = await SignUpAsync(balance: 5_000);
        var order = await customer.PlaceAsync((product, 1));
        (await customer.PayAsync(order)).Expect(HttpStatusCode.Created);
        return order;
    }

    /// <summary>A paid order that none of its handlers can read.</summary>
    private protected async Task<Guid> UnreadableOrderAsync(long product)
    {
        var order = await PaidOrderAsync(product);
        await Shop.ExecuteAsync("update ordering.outbox set payload = jsonb_build_object('unreadable', payload)");
        await Shop.DeliverEventsAsync();
        return order;
    }

    private protected Task RepairAsync() =>
        Shop.ExecuteAsync(
            "update ordering.outbox_failures set payload = payload -> 'unreadable' where payload ? 'unreadable'");

    private protected Task PlantDeadDeliveriesAsync(int count) => Shop.ExecuteAsync($$"""
        insert into ordering.deliveries (event_id, order_id, sequence, type, envelope, occurred_at, next_attempt_at,
            status, attempts, last_error, failed_at)
        select gen_random_uuid(), gen_random_uuid(), 1, 'order.paid', '{"type":"order.paid"}', now(), now(), 'DEAD',
            12, 'down', now() - (n % 3) * interval '1 hour'
        from generate_series(1, {{count}}) n
        """);

    private protected async Task<List<JsonElement>> LettersAsync(ShopClient? client = null) =>
        [.. (await (client ?? Admin).GetAsync("/admin/outbox/dead-letters?limit=100"))
            .Expect(HttpStatusCode.OK)["items"]
            .EnumerateArray()];

    private protected async Task<string> LetterAsync(string handler) =>
        (await LettersAsync())
            .Single(letter => letter.GetProperty("handler").GetString() == handler)
            .GetProperty("id")
            .GetString()!;

    private protected Task<Answer> RetryAsync(string id) => Admin.PostAsync($"/admin/outbox/dead-letters/{id}/retry");

    private protected Task<Answer> DiscardAsync(string id, string reason = "Known, and settled by hand") =>
        Admin.PostAsync($"/admin/outbox/dead-letters/{id}/discard", new { reason });
}
