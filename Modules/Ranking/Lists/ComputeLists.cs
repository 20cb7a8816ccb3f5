using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Background;

namespace Shop.Ranking.Lists;

/// <summary>
/// Computes the lists every interval, on one instance of all, and clears away the sales of days that no list reaches.
/// </summary>
internal sealed class ComputeLists(
    IServiceScopeFactory scopes, ListCache cache, IOptions<RankingOptions> options, IOptions<ShopOptions> shop,
    TimeProvider time, ILogger<ComputeLists> log) : Worker(time, log)
{
    // Twice what the longest list reads: should a clock have been wrong, nothing is gone too early.
    private const int KeptDays = 2 * PopularLists.MaximumDays;

    private const string TryLock = $"select pg_try_advisory_xact_lock({PopularLists.LockKey})";

    // Lists younger than an interval were another instance's turn (a tenth less, since timers are not exact). Lists
    // with a time in the future are due as well.
    private const string AreDue = """
        select not exists (
            select 1 from ranking.lists
            where computed_at > (select shop.now()) - @Interval * 0.9 and computed_at < (select shop.now()) + @Interval)
        """;

    // Some at a time, and a day that is just being counted can wait.
    private const string DeleteOldDays = """
        delete from ranking.daily_sales where (day, product_id) in (
            select day, product_id from ranking.daily_sales
                where day < ((select shop.now()) at time zone @zone)::date - @days
            order by day, product_id limit 1000 for update skip locked)
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
        if (!await db.QuerySingleAsync<bool>(AreDue, new { options.Value.Interval }, ct))
            return 0;
        await scope.ServiceProvider.GetRequiredService<PopularLists>().ReplaceAsync(ct);
        await db.CommitAsync(ct);
        cache.Forget();
        return PopularLists.MaximumDays;
    }

    private async Task<int> ClearAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<Db>().ExecuteAsync(
            DeleteOldDays, new { zone = shop.Value.TimeZone, days = KeptDays - 1 }, ct);
    }
}
