using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Background;

namespace Shop.Ranking.Lists;

/// <summary>Computes the lists every interval, on one instance of all, and clears away the sales of days that no list reaches.</summary>
internal sealed class ComputeLists(
    IServiceScopeFactory scopes, KnownLists known, IOptions<RankingOptions> options, IOptions<ShopOptions> shop, TimeProvider time, ILogger<ComputeLists> log) : Worker(time, log)
{
    // Twice what the longest list reads: should a clock have been wrong, nothing is gone too early.
    private const int KeptDays = 2 * PopularLists.MaximumDays;

    private const string TryLock = $"select pg_try_advisory_xact_lock({PopularLists.LockKey})";

    // Lists younger than an interval were another instance's turn (a tenth less, since timers are not exact, and clocks may differ a little). What a
    // clock that was far ahead has left behind is due as well.
    private const string AreDue = "select not exists (select 1 from ranking.lists where computed_at > @notSince and computed_at < @notAfter)";

    // Some at a time, and a day that is just being counted can wait.
    private const string DeleteOldDays = """
        delete from ranking.daily_sales where (day, product_id) in (
            select day, product_id from ranking.daily_sales where day < @oldest order by day, product_id limit 1000 for update skip locked)
        """;

    protected override string Name => "popular-lists";

    public override async Task<int> RunOnceAsync(CancellationToken ct) => await ComputeAsync(ct) + await ClearAsync(ct);

    protected override Task PauseAsync(CancellationToken ct) => Task.Delay(options.Value.Interval, Time, ct);

    private async Task<int> ComputeAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        await db.BeginAsync(ct);
        if (!await db.QuerySingleAsync<bool>(TryLock, null, ct))
            return 0;
        var now = Time.UtcNow();
        var interval = options.Value.Interval;
        if (!await db.QuerySingleAsync<bool>(AreDue, new { notSince = now - interval * 0.9, notAfter = now + interval }, ct))
            return 0;
        await scope.ServiceProvider.GetRequiredService<PopularLists>().ReplaceAsync(ct);
        await db.CommitAsync(ct);
        known.Forget();
        return PopularLists.MaximumDays;
    }

    private async Task<int> ClearAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var oldest = shop.Value.DayOf(Time.UtcNow()).AddDays(1 - KeptDays);
        return await scope.ServiceProvider.GetRequiredService<Db>().ExecuteAsync(DeleteOldDays, new { oldest }, ct);
    }
}
