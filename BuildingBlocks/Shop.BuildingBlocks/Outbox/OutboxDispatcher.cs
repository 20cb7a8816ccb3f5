using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Database;

namespace Shop.BuildingBlocks.Outbox;

/// <summary>
/// Delivers one module's events. Effects and acknowledgement are one commit, under a lock that one dispatcher holds at a time, so each effect
/// takes place exactly once, whatever crashes.
/// </summary>
public sealed class OutboxDispatcher(
    string schema, IServiceScopeFactory scopes, EventTypes types, OutboxRouting routing, OutboxSignals signals,
    IOptions<OutboxOptions> options, TimeProvider time, ILogger<OutboxDispatcher> log)
{
    private readonly OutboxSql sql = new(schema);
    private readonly string[] handlers = [.. routing.Subscriptions.Select(subscription => subscription.Name)];
    private readonly string[] knownTypes = [.. types.All.Where(type => types.SchemaOf(type) == schema).Select(types.NameOf)];

    // How many events the next batch takes: less after a failure, more again after a success. A poison message is found in a few steps, and a handler
    // that fails on everything costs no rolled-back batches.
    private int reach = options.Value.BatchSize;

    public string Schema => schema;

    /// <summary>Delivers a batch and retries the failures that are due.</summary>
    /// <returns>How many events and failures were settled or moved: 0 where there is nothing to do, or another instance is doing it.</returns>
    public async Task<int> RunOnceAsync(CancellationToken ct) => await DispatchAsync(ct) + await RetryAsync(ct);

    private async Task<int> DispatchAsync(CancellationToken ct)
    {
        while (reach > 1)
        {
            try
            {
                var settled = await InTransactionAsync(DeliverBatchAsync, ct);
                reach = Math.Min(reach * 2, options.Value.BatchSize);
                return settled;
            }
            catch (Exception error) when (IsTheHandlers(error, ct))
            {
                log.LogWarning(error, "A batch of {Schema}'s events failed; taking fewer", schema);
                reach = Math.Max(1, reach / 4);
            }
        }

        var one = await InTransactionAsync(DeliverOneAsync, ct);
        reach = Math.Min(2, options.Value.BatchSize);
        return one;
    }

    // Handler by handler over the whole batch, in the global lock order: set-based, and without deadlocks among handlers.
    private async Task<int> DeliverBatchAsync(Scope scope, CancellationToken ct)
    {
        var rows = await scope.Db.QueryAsync<OutboxRow>(sql.NextBatch, new { types = knownTypes, limit = reach }, ct);
        if (rows.Count == 0)
            return 0;
        // Should it fail, fewer than these are to be taken.
        reach = Math.Max(2, Math.Min(reach, rows.Count));

        var messages = rows.Select(Read).ToList();
        var open = await OpenFailuresAsync(scope.Db, rows, ct);
        foreach (var subscription in routing.Subscriptions)
        {
            var mine = messages.Where(message => subscription.Takes(message.Event.GetType())).ToLookup(message => open.Contains((message.Row.OrderingKey, subscription.Name)));
            if (mine[true].Any())
                await FailAsync(scope.Db, [.. mine[true].Select(message => message.Row.Id)], subscription.Name, FailureState.Waiting(time.UtcNow()), ct);
            if (mine[false].Any())
                await DeliverAsync(scope, subscription, [.. mine[false]], ct);
        }

        scope.Db.Queue(sql.Delete, ("ids", rows.Select(row => row.Id).ToArray()));
        return rows.Count;
    }

    private async Task<int> DeliverOneAsync(Scope scope, CancellationToken ct)
    {
        if (await scope.Db.QuerySingleOrDefaultAsync<OutboxRow>(sql.NextBatch, new { types = knownTypes, limit = 1 }, ct) is not { } row)
            return 0;

        var open = await OpenFailuresAsync(scope.Db, [row], ct);
        foreach (var subscription in routing.Subscriptions.Where(subscription => subscription.Takes(types.Find(row.Type)!)))
        {
            if (open.Contains((row.OrderingKey, subscription.Name)))
                await FailAsync(scope.Db, [row.Id], subscription.Name, FailureState.Waiting(time.UtcNow()), ct);
            else if (await TryDeliverAsync(scope, subscription, row, ct) is { } error)
                await FailAsync(scope.Db, [row.Id], subscription.Name, FailureState.After(1, error, options.Value, time.UtcNow()), ct);
        }

        scope.Db.Queue(sql.Delete, ("ids", new[] { row.Id }));
        return 1;
    }

    private async Task<int> RetryAsync(CancellationToken ct)
    {
        var settled = 0;
        foreach (var id in await DueFailuresAsync(ct))
            settled += await InTransactionAsync((scope, token) => RetryOneAsync(scope, id, token), ct);
        return settled;
    }

    private async Task<IReadOnlyList<long>> DueFailuresAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<Db>().QueryAsync<long>(sql.DueFailures, new { now = time.UtcNow(), limit = options.Value.BatchSize }, ct);
    }

    private async Task<int> RetryOneAsync(Scope scope, long id, CancellationToken ct)
    {
        var now = time.UtcNow();
        if (await scope.Db.QuerySingleOrDefaultAsync<FailureRow>(sql.LockFailure, new { id, now }, ct) is not { } failure)
            return 0;

        var state = routing.Find(failure.Handler) is not { } subscription
            ? FailureState.Dead(failure.Attempts, $"No handler is named {failure.Handler} any more.", now)
            : await TryDeliverAsync(scope, subscription, failure.Row, ct) is { } error
                ? FailureState.After(failure.Attempts + 1, error, options.Value, time.UtcNow())
                : null;
        if (state is null)
            await scope.Db.ExecuteAsync(sql.DeleteFailure, new { id }, ct);
        else
            await scope.Db.ExecuteAsync(sql.UpdateFailure, new { id, state.Status, state.Attempts, state.Error, now, state.NextAttempt }, ct);

        if (state?.Status == FailureState.DeadStatus)
            log.LogError("{Handler} gave up on {Type} {EventId} of {Stream}: {Error}", failure.Handler, failure.Type, failure.EventId, failure.OrderingKey, state.Error);
        return 1;
    }

    /// <returns>Null, or what the handler threw; its writes are undone then.</returns>
    private async Task<Exception?> TryDeliverAsync(Scope scope, Subscription subscription, OutboxRow row, CancellationToken ct)
    {
        const string BeforeHandler = "before_handler";
        await scope.Db.SaveAsync(BeforeHandler, ct);
        try
        {
            await DeliverAsync(scope, subscription, [Read(row)], ct);
            return null;
        }
        catch (Exception error) when (IsTheHandlers(error, ct))
        {
            log.LogWarning(error, "{Handler} failed on {Type} {EventId}", subscription.Name, row.Type, row.EventId);
            scope.Outbox.Forget();
            await scope.Db.RollbackToAsync(BeforeHandler, ct);
            return error;
        }
    }

    // What the handler queues and publishes is sent at once, so that its errors are its own.
    private static async Task DeliverAsync(Scope scope, Subscription subscription, IReadOnlyList<Message> messages, CancellationToken ct)
    {
        // A batch stands in the trace of its first event; the traces of the others are linked.
        using var span = Telemetry.Source.StartActivity(subscription.Name, ActivityKind.Consumer, TraceOf(messages[0]), links: OtherTraces(messages));
        await subscription.DeliverAsync(scope.Services, messages, ct);
        scope.Written.UnionWith(scope.Outbox.Post());
        await scope.Db.FlushAsync(ct);
    }

    private static List<ActivityLink>? OtherTraces(IReadOnlyList<Message> messages) => messages.Count == 1 || !Telemetry.Source.HasListeners()
        ? null
        : messages.Skip(1).Select(TraceOf).Where(trace => trace != default && trace != TraceOf(messages[0])).Distinct().Select(trace => new ActivityLink(trace)).ToList();

    private static ActivityContext TraceOf(Message message) => ActivityContext.TryParse(message.Row.TraceParent, null, isRemote: true, out var trace) ? trace : default;

    private async Task FailAsync(Db db, long[] ids, string handler, FailureState state, CancellationToken ct) => await db.ExecuteAsync(
        sql.InsertFailure, new { ids, handler, state.Status, state.Attempts, state.Error, now = time.UtcNow(), state.NextAttempt }, ct);

    private async Task<HashSet<(string OrderingKey, string Handler)>> OpenFailuresAsync(Db db, IReadOnlyList<OutboxRow> rows, CancellationToken ct) =>
        [.. await db.QueryAsync<(string, string)>(sql.OpenFailures, new { handlers, streams = rows.Select(row => row.OrderingKey).Distinct().ToArray() }, ct)];

    private async Task<int> InTransactionAsync(Func<Scope, CancellationToken, Task<int>> work, CancellationToken ct)
    {
        await using var services = scopes.CreateAsyncScope();
        var scope = new Scope(services.ServiceProvider);
        await scope.Db.BeginAsync(ct);
        if (!await scope.Db.QuerySingleAsync<bool>(sql.TryLock, null, ct))
            return 0;
        var settled = await work(scope, ct);
        await scope.Db.CommitAsync(ct);
        signals.Wake(scope.Written);
        return settled;
    }

    // A cancellation that is not the host's stopping is a failure like any other: it must not hold up what comes after it.
    private static bool IsTheHandlers(Exception error, CancellationToken ct) =>
        !(error is OperationCanceledException && ct.IsCancellationRequested) && !Transient.IsNobodysFault(error);

    private Message Read(OutboxRow row) => new(row, EventJson.Read(row.Payload, types.Find(row.Type)
        ?? throw new InvalidOperationException($"No event of this build is named {row.Type}.")));

    private sealed class Scope(IServiceProvider services)
    {
        public IServiceProvider Services => services;

        public Db Db { get; } = services.GetRequiredService<Db>();

        public Outbox Outbox { get; } = services.GetRequiredService<Outbox>();

        /// <summary>The schemas that the handlers published to, woken after the commit.</summary>
        public HashSet<string> Written { get; } = new();
    }
}
