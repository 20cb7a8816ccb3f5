using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Database;

namespace Shop.BuildingBlocks.Outbox;

/// <summary>
/// Delivers one module's events. Effects and acknowledgement are one commit, under a lock that one dispatcher holds at
/// a time, so each effect takes place exactly once, whatever crashes. A delivery that fails is set aside with what is
/// behind it in its ordering key; the rest of its batch commits.
/// </summary>
public sealed class OutboxDispatcher(
    string schema,
    IServiceScopeFactory scopes,
    EventTypes types,
    OutboxRouting routing,
    OutboxSignals signals,
    IOptions<OutboxOptions> options,
    ILogger<OutboxDispatcher> log)
{
    private const int FewestFailedKeys = 8;

    // While some events fail, one call in four delivers a batch: a transaction takes as many.
    private const int CallsInTransaction = HandlerRun.MaximumCalls / 4;

    private static readonly TimeSpan RetryTime = TimeSpan.FromMilliseconds(250);

    private readonly OutboxSql sql = new(schema);
    private readonly string[] handlers = [.. routing.Subscriptions.Select(subscription => subscription.Name)];

    private readonly string[] knownTypes =
        [.. types.All.Where(type => types.SchemaOf(type) == schema).Select(types.NameOf)];

    private readonly HashSet<(string Handler, string Type)> subscriptions =
    [
        .. routing.Subscriptions.SelectMany(subscription =>
            types.All.Where(subscription.Takes).Select(type => (subscription.Name, types.NameOf(type)))),
    ];

    // How many events a handler gets at a time: fewer while its calls fail, more again with each success.
    private readonly ConcurrentDictionary<string, int> batchSizes = new();
    private readonly ConcurrentDictionary<string, int> retrySizes = new();

    // How many keys that have failed before a handler is tried with in a round: more once all of them arrive.
    private readonly ConcurrentDictionary<string, int> failedKeys = new();

    private readonly HeldRows held = new();

    public string Schema => schema;

    /// <summary>Whether the last round took as much as it asked for, so that more may be there.</summary>
    internal bool HasMore { get; private set; }

    /// <summary>Delivers a batch, then retries for a bounded time what is due of the deliveries set aside.</summary>
    /// <returns>
    /// How many events were taken and retries settled: 0 where there is nothing to do, or another instance is doing it.
    /// </returns>
    public async Task<int> RunOnceAsync(CancellationToken ct)
    {
        var round = await InTransactionAsync(DispatchAsync, new Dispatched(0, HasRetries: false), ct);
        var settled = round.Taken;
        var hasMore = round.Taken == options.Value.BatchSize;
        if (round.HasRetries)
        {
            var started = Stopwatch.GetTimestamp();
            var withFailed = true;
            Retried retried;
            do
            {
                retried = await InTransactionAsync(
                    (scope, token) => RetryAsync(scope, withFailed, token), new Retried(0, 0, false), ct);
                settled += retried.Settled;
                // Those that go on failing are tried once in a round.
                withFailed = retried.SomeFailedArrived;
            }
            while (retried.Delivered > 0 && Stopwatch.GetElapsedTime(started) < RetryTime);
            hasMore |= retried.Delivered > 0;
        }

        HasMore = hasMore;
        return settled;
    }

    // Handler by handler over the whole batch, in the global lock order: set-based, and without deadlocks among them.
    private async Task<Dispatched> DispatchAsync(DispatchScope scope, CancellationToken ct)
    {
        var (rows, others) = (new List<OutboxRow>(), new List<(string Handler, string Type)>());
        var (hasFailures, hasRetries) = (false, false);
        scope.Db.QueueRead(
            sql.NextBatch, row => rows.Add(Read(row)), ("types", knownTypes), ("limit", options.Value.BatchSize));
        scope.Db.QueueRead(sql.Subscriptions, row => others.Add((row.GetString(0), row.GetString(1))));
        scope.Db.QueueRead(
            sql.AnyFailures,
            row => (hasFailures, hasRetries) = (row.GetBoolean(0), row.GetBoolean(1)),
            ("handlers", handlers));
        await scope.Db.FlushAsync(ct);
        if (rows.Count == 0)
            return new Dispatched(0, hasRetries);

        var messages = rows.ConvertAll(Read);
        var open = hasFailures ? await OpenFailuresAsync(scope.Db, rows, ct) : null;
        var (aside, most) = (new SetAside(options.Value), options.Value.BatchSize);
        foreach (var subscription in routing.Subscriptions)
        {
            var deliveries = messages
                .Where(message => subscription.Takes(message.Type))
                .Select(message => new Delivery(message))
                .ToList();
            var run = new HandlerRun(subscription, scope, options.Value, held, log);
            var blocked = open?[subscription.Name] ?? [];
            batchSizes[subscription.Name] =
                await run.DeliverAsync(deliveries, blocked, batchSizes.GetValueOrDefault(subscription.Name, most), ct);
            foreach (var delivery in deliveries.Where(delivery => delivery.Outcome != DeliveryOutcome.Delivered))
                SetAside(aside, delivery.Message.Row.Id, subscription, delivery);
        }

        // A handler that a newer build has registered finds its deliveries among those set aside.
        foreach (var (handler, type) in others.Where(registered => !subscriptions.Contains(registered)))
        {
            foreach (var row in rows.Where(row => row.Type == type))
                aside.AddWaiting(row.Id, handler);
        }

        if (aside.Count > 0)
            scope.Db.QueueWrite(sql.InsertFailures, aside.Count, aside.Parameters());
        scope.Db.Queue(sql.Delete, ("ids", rows.ConvertAll(row => row.Id)));
        return new Dispatched(rows.Count, hasRetries || aside.Count > 0);
    }

    /// <param name="withFailed">Whether events that have failed before are tried too.</param>
    private async Task<Retried> RetryAsync(DispatchScope scope, bool withFailed, CancellationToken ct)
    {
        var most = options.Value.BatchSize;
        var untried = QueueDue(
            scope.Db,
            hasFailed: false,
            name => Math.Min(most, CallsInTransaction * retrySizes.GetValueOrDefault(name, most)));
        var failed = QueueDue(
            scope.Db,
            hasFailed: true,
            name => withFailed ? failedKeys.GetValueOrDefault(name, FewestFailedKeys) : 0);
        await scope.Db.FlushAsync(ct);
        var arrived = new List<long>();
        var aside = new SetAside(options.Value);
        var (settled, someFailedArrived) = (0, false);
        foreach (var subscription in routing.Subscriptions)
        {
            var retried = await RetryAsync(scope, subscription, untried(subscription), failed(subscription), ct);
            foreach (var delivery in retried)
            {
                if (delivery.Outcome == DeliveryOutcome.Delivered)
                    arrived.Add(delivery.FailureId);
                else if (delivery.Outcome != DeliveryOutcome.Waiting)
                    SetAside(aside, delivery.FailureId, subscription, delivery);
                if (delivery.Outcome is DeliveryOutcome.Delivered or DeliveryOutcome.Failed)
                    settled++;
            }

            someFailedArrived |= failed(subscription).Exists(one => one.Outcome == DeliveryOutcome.Delivered);
        }

        if (arrived.Count > 0)
            scope.Db.QueueWrite(sql.DeleteFailures, arrived.Count, ("ids", arrived));
        if (aside.Count > 0)
            scope.Db.QueueWrite(sql.UpdateFailures, aside.Count, aside.Parameters());
        return new Retried(arrived.Count, settled, someFailedArrived);
    }

    // Events that have failed before are tried alone at first, a few keys in each round: they are likely to fail again,
    // and would take a batch with them.
    private async Task<IEnumerable<Delivery>> RetryAsync(
        DispatchScope scope,
        Subscription subscription,
        List<Delivery> untried,
        List<Delivery> failed,
        CancellationToken ct)
    {
        var (name, most) = (subscription.Name, options.Value.BatchSize);
        var ofUntried = new HandlerRun(subscription, scope, options.Value, held, log) { IsRetry = true };
        var ofFailed = new HandlerRun(subscription, scope, options.Value, held, log) { IsRetry = true };
        retrySizes[name] = await ofUntried.DeliverAsync(untried, [], retrySizes.GetValueOrDefault(name, most), ct);
        await ofFailed.DeliverAsync(failed, [], size: 1, ct);
        if (failed.Count == 0)
            return untried;
        var allArrived = failed.TrueForAll(one => one.Outcome == DeliveryOutcome.Delivered);
        failedKeys[name] =
            allArrived ? Math.Min(most, 2 * failedKeys.GetValueOrDefault(name, FewestFailedKeys)) : FewestFailedKeys;
        return untried.Concat(failed);
    }

    private void SetAside(SetAside aside, long id, Subscription subscription, Delivery delivery)
    {
        if (!aside.Add(id, subscription.Name, delivery))
            return;
        var row = delivery.Message.Row;
        log.LogError(
            "{Handler} gave up on {Type} {EventId} of {OrderingKey}: {Error}",
            subscription.Name,
            row.Type,
            row.EventId,
            row.OrderingKey,
            delivery.Error?.Message);
    }

    private async Task<ILookup<string, string>> OpenFailuresAsync(
        Db db, IReadOnlyList<OutboxRow> rows, CancellationToken ct)
    {
        var streams = rows.Select(row => row.OrderingKey).Distinct().ToArray();
        return (await db.QueryAsync<(string Handler, string Stream)>(sql.OpenFailures, new { handlers, streams }, ct))
            .ToLookup(failure => failure.Handler, failure => failure.Stream);
    }

    /// <returns>
    /// Those of a handler, once the queue has been sent. Of an ordering key they end before the first that is not due.
    /// </returns>
    private Func<Subscription, List<Delivery>> QueueDue(Db db, bool hasFailed, Func<string, int> limit)
    {
        var due = handlers.ToDictionary(handler => handler, _ => new List<Delivery>());
        var ended = new HashSet<(string Handler, string OrderingKey)>();
        db.QueueRead(
            sql.DueFailures,
            row =>
            {
                var (message, handler) = (Read(row), row.GetString(7));
                if (!row.GetBoolean(10) || !subscriptions.Contains((handler, message.Type)))
                    ended.Add((handler, message.OrderingKey));
                if (!ended.Contains((handler, message.OrderingKey)))
                    due[handler].Add(new Delivery(Read(message), row.GetInt32(9), row.GetInt64(8)));
            },
            ("handlers", handlers),
            ("limits", Array.ConvertAll(handlers, handler => limit(handler))),
            ("failed", hasFailed));
        return subscription => due[subscription.Name];
    }

    /// <returns>The result of the work, or the other where another instance has the module's lock.</returns>
    private async Task<T> InTransactionAsync<T>(
        Func<DispatchScope, CancellationToken, Task<T>> work, T otherwise, CancellationToken ct)
    {
        await using var services = scopes.CreateAsyncScope();
        var scope = new DispatchScope(services.ServiceProvider);
        await scope.Db.BeginAsync(ct);
        var isLocked = false;
        // By itself: the commits of the lock's last holder are seen by statements that come after it.
        scope.Db.QueueRead(sql.TryLock, row => isLocked = row.GetBoolean(0));
        await scope.Db.FlushAsync(ct);
        if (!isLocked)
            return otherwise;
        var result = await work(scope, ct);
        await scope.Db.CommitAsync(ct);
        signals.Wake(scope.Written);
        return result;
    }

    private static OutboxRow Read(DbDataReader row) => new(
        row.GetInt64(0),
        row.GetGuid(1),
        row.GetString(2),
        row.GetString(3),
        row.GetFieldValue<byte[]>(4),
        row.IsDBNull(5) ? null : row.GetString(5),
        row.GetFieldValue<DateTimeOffset>(6));

    private Message Read(OutboxRow row) => new(row, types.Find(row.Type)
        ?? throw new InvalidOperationException($"No event of this build is named {row.Type}."));

    /// <param name="HasRetries">Something that was set aside is due.</param>
    private sealed record Dispatched(int Taken, bool HasRetries);

    /// <param name="Settled">Delivered, or failed with an attempt counted.</param>
    private sealed record Retried(int Delivered, int Settled, bool SomeFailedArrived);
}
