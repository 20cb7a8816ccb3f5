using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Shop.BuildingBlocks.Database;

namespace Shop.BuildingBlocks.Outbox;

/// <summary>The services of a transaction of the dispatcher.</summary>
internal sealed class DispatchScope(IServiceProvider services)
{
    public IServiceProvider Services => services;

    public Db Db { get; } = services.GetRequiredService<Db>();

    public Outbox Outbox { get; } = services.GetRequiredService<Outbox>();

    /// <summary>The schemas that the handlers published to, woken after the commit.</summary>
    public HashSet<string> Written { get; } = [];
}

/// <summary>
/// One handler's part of a round. Each call of the handler stands behind a savepoint. A batch that fails is bisected,
/// so that the others of its events are delivered; the number of calls is bounded, and the time that failing ones take.
/// </summary>
/// <param name="held">Rows that were found held, until the retry of what needs them has probed them again.</param>
internal sealed class HandlerRun(
    Subscription subscription, DispatchScope scope, OutboxOptions options, HeldRows held, ILogger log)
{
    public const int MaximumCalls = 32;

    private static readonly TimeSpan MaximumFailingTime = TimeSpan.FromMilliseconds(500);

    // Longer than a held delivery rests, whose retry is the probe.
    private static readonly TimeSpan NotedFor = 2 * SetAside.HeldPause;

    // As PostgreSQL said it when the row was found held.
    private static readonly PostgresException HeldBefore = new(
        "A row that it needs is held by another session.", "ERROR", "ERROR", PostgresErrorCodes.LockNotAvailable);

    private readonly HashSet<string> blocked = [];
    private int calls;
    private TimeSpan failing;
    private bool hasShortTimeout;

    /// <summary>Whether the deliveries were set aside before: they probe the rows that were held.</summary>
    public bool IsRetry { get; init; }

    private bool IsExhausted => calls >= MaximumCalls || failing >= MaximumFailingTime;

    /// <summary>Settles the deliveries, which come in order of publishing; untried ones stay as they are.</summary>
    /// <param name="blockedKeys">Ordering keys of which an earlier event is set aside.</param>
    /// <param name="size">How many events the handler is to get at a time.</param>
    /// <returns>How many it is to get the next time: fewer when the calls did not do.</returns>
    public async Task<int> DeliverAsync(
        IReadOnlyList<Delivery> deliveries, IEnumerable<string> blockedKeys, int size, CancellationToken ct)
    {
        blocked.UnionWith(blockedKeys);
        var ready = Readable(deliveries);
        if (subscription.NamesRows && !IsRetry && !held.IsEmpty)
            ready = SetHeldAside(ready, held.Contains, HeldBefore);
        for (var start = 0; start < ready.Count && !IsExhausted;)
        {
            var chunk = ready.GetRange(start, Math.Min(size, ready.Count - start));
            var before = calls;
            var delivered = await DeliverAsync(chunk, suspect: false, ct);
            if (delivered && calls - before <= 1)
                size = Math.Min(size * 2, options.BatchSize);
            else
                size = Math.Max(1, chunk.Count / (IsExhausted && start == 0 ? 4 : 2));
            start += chunk.Count;
        }

        if (hasShortTimeout)
            await SetLockTimeoutAsync(LockTimeouts.First, ct);
        return size;
    }

    // An event that can't be read has failed; those of its key behind it wait, those before it do not.
    private List<Delivery> Readable(IReadOnlyList<Delivery> deliveries)
    {
        var ready = new List<Delivery>(deliveries.Count);
        foreach (var delivery in deliveries.Where(delivery => !blocked.Contains(delivery.OrderingKey)))
        {
            if (delivery.Message.Unreadable is not { } error)
                ready.Add(delivery);
            else
                Fail(delivery, error);
        }

        return ready;
    }

    /// <param name="piece">In order of publishing, as all pieces of a batch are delivered.</param>
    /// <param name="suspect">The batch failed and its first half did not: this one is halved without a call.</param>
    /// <returns>Whether all of it is delivered.</returns>
    private async Task<bool> DeliverAsync(List<Delivery> piece, bool suspect, CancellationToken ct)
    {
        if (blocked.Count > 0)
            piece = piece.FindAll(delivery => !blocked.Contains(delivery.OrderingKey));
        if (piece.Count == 0)
            return true;
        if (IsExhausted)
            return false;
        if (!suspect || piece.Count == 1)
        {
            if (await CallAsync(piece, LockMode.Wait, ct) is not { } error)
            {
                piece.ForEach(delivery => delivery.Arrive());
                if (subscription.NamesRows && IsRetry && !held.IsEmpty)
                    ForgetHeld(piece);
                return true;
            }

            if (subscription.NamesRows && Transient.IsLockTimeout(error)
                && await HeldRowsOfAsync(piece, ct) is { Count: > 0 } found
                && SetHeldAside(piece, found.Contains, error) is var rest && rest.Count < piece.Count)
            {
                await DeliverAsync(rest, suspect: false, ct);
                return false;
            }

            if (piece.Count == 1)
            {
                Fail(piece[0], error);
                return false;
            }
        }

        var half = piece.Count / 2;
        var first = await DeliverAsync(piece.GetRange(0, half), suspect: false, ct);
        var second = await DeliverAsync(piece.GetRange(half, piece.Count - half), suspect: first, ct);
        return first && second;
    }

    /// <returns>The rows of the piece that another session holds.</returns>
    private async Task<HashSet<RowKey>> HeldRowsOfAsync(List<Delivery> piece, CancellationToken ct)
    {
        var found = new HashSet<RowKey>();
        await CallAsync(piece, LockMode.Skip, ct, found);
        foreach (var row in found)
            held.AddFor(row, NotedFor);
        return found;
    }

    /// <returns>Those that need no held row, and stand behind none that does.</returns>
    private List<Delivery> SetHeldAside(List<Delivery> deliveries, Func<RowKey, bool> isHeld, Exception error)
    {
        var rowsOf = subscription.RowsOf(scope.Services);
        foreach (var delivery in deliveries.Where(delivery => !blocked.Contains(delivery.OrderingKey)))
        {
            if (rowsOf(delivery.Message).Any(isHeld))
                Fail(delivery, error);
        }

        return deliveries.FindAll(delivery => !blocked.Contains(delivery.OrderingKey));
    }

    private void ForgetHeld(List<Delivery> delivered)
    {
        var rowsOf = subscription.RowsOf(scope.Services);
        foreach (var row in delivered.SelectMany(delivery => rowsOf(delivery.Message)))
            held.Remove(row);
    }

    private void Fail(Delivery delivery, Exception error)
    {
        delivery.Fail(error);
        blocked.Add(delivery.OrderingKey);
        if (delivery.Outcome == DeliveryOutcome.Failed)
        {
            log.LogWarning(
                error,
                "{Handler} failed on {Type} {EventId}",
                subscription.Name,
                delivery.Message.Row.Type,
                delivery.Message.EventId);
        }
    }

    /// <param name="leftOut">Is given the rows that were left out. The call is undone then.</param>
    /// <returns>Null, or the handler's exception; its writes are undone then.</returns>
    private async Task<Exception?> CallAsync(
        List<Delivery> piece, LockMode mode, CancellationToken ct, HashSet<RowKey>? leftOut = null)
    {
        calls++;
        var started = Stopwatch.GetTimestamp();
        scope.Db.SetSavepoint(subscription.Locks);
        scope.Db.UseLockMode(mode);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limited.CancelAfter(options.HandlerTimeout);
        try
        {
            await CallAsync([.. piece.Select(delivery => delivery.Message)], limited.Token);
            if (leftOut is not null)
                await UndoAsync(started, ct);
            return null;
        }
        catch (Exception error) when (IsTheHandlers(error, ct))
        {
            await UndoAsync(started, ct);
            if (Transient.IsLockTimeout(error) && !hasShortTimeout)
                await SetLockTimeoutAsync(LockTimeouts.Further, ct);
            return error;
        }
        finally
        {
            leftOut?.UnionWith(scope.Db.HeldRows);
            scope.Db.UseLockMode(LockMode.Wait);
        }
    }

    // Where the transaction itself is gone, this fails and the round with it: no attempt is counted.
    private async Task UndoAsync(long started, CancellationToken ct)
    {
        scope.Outbox.Forget();
        await scope.Db.RollbackToSavepointAsync(ct);
        failing += Stopwatch.GetElapsedTime(started);
    }

    // The handler's statements and events are sent at once, so that its errors are its own.
    private async Task CallAsync(Message[] messages, CancellationToken ct)
    {
        // A batch stands in the trace of its first event; the traces of the others are linked.
        using var span = Instrumentation.Source.StartActivity(
            subscription.Name, ActivityKind.Consumer, TraceOf(messages[0]), links: OtherTraces(messages));
        await subscription.DeliverAsync(scope.Services, messages, ct);
        scope.Written.UnionWith(scope.Outbox.Post());
        await scope.Db.FlushAsync(ct);
    }

    private async Task SetLockTimeoutAsync(string timeout, CancellationToken ct)
    {
        await scope.Db.ExecuteAsync(LockTimeouts.Set, new { timeout }, ct);
        hasShortTimeout = timeout == LockTimeouts.Further;
    }

    // A cancellation that is not the host's stopping is a failure like any other. A lost lock or deadlock leaves the
    // transaction as it was at the savepoint.
    private static bool IsTheHandlers(Exception error, CancellationToken ct) =>
        !(error is OperationCanceledException && ct.IsCancellationRequested)
        && (Transient.MayRunAgain(error) || !Transient.IsInfrastructureFailure(error));

    private static List<ActivityLink>? OtherTraces(Message[] messages) =>
        messages.Length == 1 || !Instrumentation.Source.HasListeners()
            ? null
            :
            [
                .. messages.Skip(1).Select(TraceOf).Distinct()
                    .Where(trace => trace != default && trace != TraceOf(messages[0]))
                    .Select(trace => new ActivityLink(trace)),
            ];

    private static ActivityContext TraceOf(Message message) =>
        ActivityContext.TryParse(message.Row.TraceParent, null, isRemote: true, out var trace) ? trace : default;
}
