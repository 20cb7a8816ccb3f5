using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Background;

namespace Shop.Webhooks.Deliveries;

/// <summary>
/// Clears deliveries away that arrived longer than <see cref="WebhooksOptions.KeepDelivered"/> ago, and those of
/// webhooks that were deleted; a bounded number at a time.
/// </summary>
internal sealed class ClearDeliveries(
    IServiceScopeFactory scopes, IOptions<WebhooksOptions> options, TimeProvider time, ILogger<ClearDeliveries> log)
    : Worker(time, log)
{
    private const int BatchSize = 1_000;

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private const string ClearDelivered = """
        delete from webhooks.deliveries where delivery_id = any(array(
            select delivery_id from webhooks.deliveries
            where status = 'DELIVERED' and delivered_at <= (select shop.now()) - @kept
            order by delivered_at limit @limit for update skip locked))
        """;

    private const string ClearDeleted = """
        delete from webhooks.deliveries where delivery_id = any(array(
            select d.delivery_id from webhooks.webhooks w
            cross join lateral (
                select delivery_id from webhooks.deliveries
                where webhook_id = w.webhook_id order by delivery_id limit @limit) as d
            where w.status = 'DELETED' limit @limit))
        """;

    private const string ForgetDeleted = """
        delete from webhooks.webhooks w
        where status = 'DELETED' and not exists (select from webhooks.deliveries d where d.webhook_id = w.webhook_id)
        """;

    protected override string Name => "webhooks.clear-deliveries";

    public override async Task<int> RunOnceAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        var cleared = await db.ExecuteAsync(
            ClearDelivered, new { kept = options.Value.KeepDelivered, limit = BatchSize }, ct);
        cleared += await db.ExecuteAsync(ClearDeleted, new { limit = BatchSize }, ct);
        return cleared + await db.ExecuteAsync(ForgetDeleted, null, ct);
    }

    protected override Task PauseAsync(CancellationToken ct) => Task.Delay(Interval, Time, ct);
}
