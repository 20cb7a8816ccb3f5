using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Shop.BuildingBlocks.Background;

namespace Shop.Coupons.Queue;

/// <summary>
/// Processes the queues side by side, each in order of arrival: one tick of a queue issues to the first who are
/// eligible and fails the others, in one transaction. Short queues share transactions. The rest of a closed queue (its
/// coupon is sold out or stopped) is failed in parts, which alternate with the ticks of other queues. With several
/// instances, one processes a queue at a time.
/// </summary>
internal sealed class ProcessQueues(
    IServiceScopeFactory scopes,
    NpgsqlDataSource source,
    IOptions<CouponsOptions> options,
    TimeProvider time,
    ILogger<ProcessQueues> log)
    : Worker(time, log)
{
    private const int MaximumConnections = 4;
    private const int MaximumQueuesTogether = 50;
    private const int MaximumEntriesTogether = 5_000;

    private static readonly TimeSpan LongestFailing = TimeSpan.FromMilliseconds(250);

    private readonly int connections = Math.Clamp(ConnectionPool.SizeOf(source) / 4, 1, MaximumConnections);

    protected override string Name => "coupon-line";

    public override async Task<int> RunOnceAsync(CancellationToken ct)
    {
        var queues = await DueAsync(ct);
        var open = queues.Where(queue => !queue.IsClosed).Select(queue => queue.CouponId);
        var ticks = await SideBySideAsync(open.Chunk(TicksTogether), TickTogetherAsync, ct);

        // A tick does not wait for a row beside others; a few in each round wait alone. Users who leave a queue one
        // after another could hold its row whenever a tick comes.
        var late = queues.Where(queue => queue is { IsLate: true, IsClosed: false }).Select(queue => queue.CouponId);
        var held = ticks.Where(tick => tick.Next == NextStep.TickAlone).Select(tick => tick.CouponId)
            .Concat(late.Except(ticks.Select(tick => tick.CouponId)))
            .ToArray();
        Random.Shared.Shuffle(held);
        var alone = await SideBySideAsync(held.Take(connections).Chunk(1), TickAloneAsync, ct);

        Processed[] ticked = [.. ticks, .. alone];
        var closed = queues.Where(queue => queue.IsClosed).Select(queue => queue.CouponId)
            .Concat(ticked.Where(tick => tick.Next == NextStep.Fail).Select(tick => tick.CouponId));
        return ticked.Sum(tick => tick.Entries) + await FailAsync([.. closed], ct);
    }

    // The round after one with work finds no queue due and comes here too: the interval is the pace of each queue.
    protected override Task PauseAsync(CancellationToken ct) => Task.Delay(options.Value.Queue.Interval, Time, ct);

    private CouponsOptions.QueueOptions Settings => options.Value.Queue;

    private int TicksTogether => Math.Clamp(MaximumEntriesTogether / Settings.BatchSize, 1, MaximumQueuesTogether);

    // Timers are not exact: a tick may come a tenth of the interval early.
    private double Pace => Settings.Interval.TotalSeconds * 0.9;

    private async Task<IReadOnlyList<DueQueue>> DueAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<Db>()
            .QueryAsync<DueQueue>(QueueSql.SelectDue, new { pace = Pace }, ct);
    }

    /// <summary>
    /// Fails the entries of closed queues, a part of each in turn, until the ticks of other queues may be due again.
    /// </summary>
    private async Task<int> FailAsync(IReadOnlyList<long> closed, CancellationToken ct)
    {
        var longest = TimeSpan.FromTicks(Math.Min(LongestFailing.Ticks, Settings.Interval.Ticks / 4));
        var started = Time.GetTimestamp();
        var entries = 0;
        while (closed.Count > 0)
        {
            var parts = await SideBySideAsync(
                closed.Chunk(MaximumQueuesTogether).TakeWhile(_ => !IsOver()), FailTogetherAsync, ct);
            entries += parts.Sum(part => part.Entries);
            closed = [.. parts.Where(part => part.Next == NextStep.Fail && !IsOver()).Select(part => part.CouponId)];
        }

        return entries;

        bool IsOver() => Time.GetElapsedTime(started) >= longest;
    }

    private async Task<IReadOnlyList<Processed>> SideBySideAsync(
        IEnumerable<long[]> batches,
        Func<long[], CancellationToken, Task<IReadOnlyList<Processed>>> process,
        CancellationToken ct)
    {
        var processed = new ConcurrentBag<Processed>();
        await Parallel.ForEachAsync(
            batches,
            new ParallelOptions { MaxDegreeOfParallelism = connections, CancellationToken = ct },
            async (batch, token) =>
            {
                foreach (var queue in await IsolatedAsync(batch, process, token))
                    processed.Add(queue);
            });
        return [.. processed];
    }

    // A queue that fails, again and again perhaps, must not hold up the others of its batch.
    private async Task<IReadOnlyList<Processed>> IsolatedAsync(
        long[] batch, Func<long[], CancellationToken, Task<IReadOnlyList<Processed>>> process, CancellationToken ct)
    {
        try
        {
            return await process(batch, ct);
        }
        catch (Exception error) when (!ct.IsCancellationRequested && batch.Length > 1 && !Transient.IsOutage(error))
        {
            Log.LogInformation(
                "{Queues} queues could not be processed together ({Error}); each is tried alone",
                batch.Length,
                error.Message);
            var processed = new List<Processed>();
            foreach (var couponId in batch)
                processed.AddRange(await IsolatedAsync([couponId], process, ct));
            return processed;
        }
        catch (Exception error) when (!ct.IsCancellationRequested)
        {
            Log.LogError(
                error,
                "The queues of the coupons {CouponIds} could not be processed; they are tried again with the next tick",
                batch);
            return [.. batch.Select(couponId => new Processed(couponId, 0, NextStep.None))];
        }
    }

    private Task<IReadOnlyList<Processed>> TickTogetherAsync(long[] coupons, CancellationToken ct) =>
        TickAsync(coupons, QueueSql.TryLockDueQueues, QueueSql.TryLockCoupons, ct);

    private async Task<IReadOnlyList<Processed>> TickAloneAsync(long[] coupons, CancellationToken ct)
    {
        try
        {
            return await TickAsync(coupons, QueueSql.LockDueQueues, QueueSql.LockCoupons, ct);
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            Log.LogWarning(
                "Another session holds coupon {CouponId} or its queue, which is tried again in the next round",
                coupons[0]);
            return [];
        }
    }

    private async Task<IReadOnlyList<Processed>> TickAsync(
        long[] due, string lockQueues, string lockCoupons, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        var locked = await LockQueuesAsync(db, lockQueues, ct, ("coupons", due), ("pace", Pace));
        if (locked.Count == 0)
            return [];

        var coupons = new SortedDictionary<long, LockedCoupon>();
        db.QueueRead(lockCoupons, row => coupons.Add(row.GetInt64(0), LockedCoupon.Read(row)), ("coupons", locked));
        var now = db.QueueNow();
        await db.FlushAsync(ct);

        var processed = locked.FindAll(couponId => !coupons.ContainsKey(couponId))
            .ConvertAll(held => new Processed(held, 0, NextStep.TickAlone));
        var stopped = coupons.Where(coupon => coupon.Value.Remaining is null).Select(coupon => coupon.Key).ToList();
        processed.AddRange(stopped.Select(couponId => new Processed(couponId, 0, NextStep.Fail)));
        stopped.ForEach(couponId => coupons.Remove(couponId));
        db.QueueRead(
            QueueSql.Process,
            row => processed.Add(TickOf(row, coupons)),
            ("coupons", coupons.Keys.ToArray()),
            ("remaining", coupons.Values.Select(coupon => coupon.Remaining!.Value).ToArray()),
            ("valid_from", coupons.Values.Select(coupon => coupon.ValidFrom).ToArray()),
            ("valid_until", coupons.Values.Select(coupon => coupon.ValidUntil).ToArray()),
            ("limit", (long)Settings.BatchSize),
            ("now", now.Value));
        await db.CommitAsync(ct);
        return processed;
    }

    private Processed TickOf(DbDataReader row, SortedDictionary<long, LockedCoupon> coupons)
    {
        var (couponId, entries, issued) = (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2));
        var leftSoldOut = entries == Settings.BatchSize && issued == coupons[couponId].Remaining;
        return new Processed(couponId, (int)entries, leftSoldOut ? NextStep.Fail : NextStep.None);
    }

    private async Task<IReadOnlyList<Processed>> FailTogetherAsync(long[] coupons, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        var locked = await LockQueuesAsync(db, QueueSql.LockQueues, ct, ("coupons", coupons));
        if (locked.Count == 0)
            return [];

        var part = MaximumEntriesTogether / locked.Count;
        var processed = new List<Processed>();
        db.QueueRead(
            QueueSql.Fail,
            row =>
                processed.Add(
                    new Processed(
                        row.GetInt64(0),
                        (int)row.GetInt64(1),
                        row.GetInt64(1) == part ? NextStep.Fail : NextStep.None)),
            ("coupons", locked),
            ("limit", (long)part));
        await db.CommitAsync(ct);
        return processed;
    }

    // First in every transaction that changes entries, so that no two of them wait for each other's entries.
    private static async Task<List<long>> LockQueuesAsync(
        Db db, string lockQueues, CancellationToken ct, params (string, object)[] parameters)
    {
        var locked = new List<long>();
        await db.BeginAsync(ct);
        db.Queue(QueueSql.LimitLocks);
        db.QueueRead(lockQueues, row => locked.Add(row.GetInt64(0)), parameters);
        await db.FlushAsync(ct);
        return locked;
    }

    /// <param name="IsLate">Whether it should have been processed before.</param>
    private sealed record DueQueue(long CouponId, bool IsClosed, bool IsLate);

    /// <param name="Remaining">Null where it is stopped.</param>
    private sealed record LockedCoupon(int? Remaining, DateTimeOffset ValidFrom, DateTimeOffset ValidUntil)
    {
        public static LockedCoupon Read(DbDataReader row) => new(
            row.IsDBNull(1) ? null : row.GetInt32(1), row.GetFieldValue<DateTimeOffset>(2),
            row.GetFieldValue<DateTimeOffset>(3));
    }

    private sealed record Processed(long CouponId, int Entries, NextStep Next);

    private enum NextStep
    {
        None,

        /// <summary>Another session holds the coupon's row.</summary>
        TickAlone,

        /// <summary>The coupon is sold out or stopped, and more entries may wait.</summary>
        Fail,
    }
}
