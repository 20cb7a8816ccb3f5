using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Background;

namespace Shop.Ordering.Orders;

/// <summary>
/// Closes the orders that were not paid in time; their stock and coupons come back by event. Instances share the work.
/// </summary>
internal sealed class ExpireOrders(
    Transactions transactions,
    IOptions<OrderingOptions> options,
    TimeProvider time,
    ILogger<ExpireOrders> log) : Worker(time, log)
{
    private const int BatchSize = 500;

    protected override string Name => "order-expiry";

    public override Task<int> RunOnceAsync(CancellationToken ct) => transactions.RunAsync(ExpireAsync, ct);

    protected override Task PauseAsync(CancellationToken ct) => Task.Delay(options.Value.ExpiryInterval, Time, ct);

    private static async Task<int> ExpireAsync(IServiceProvider scope, CancellationToken ct)
    {
        var db = scope.GetRequiredService<Db>();
        var overdue = scope.GetRequiredService<OrderLocks>().LockOverdue(BatchSize);
        var now = db.QueueNow();
        await db.FlushAsync(ct);
        foreach (var order in overdue.Orders.ToList())
            overdue.Expire(order.OrderId, now.Value);
        overdue.Write();
        return overdue.Orders.Count;
    }
}
