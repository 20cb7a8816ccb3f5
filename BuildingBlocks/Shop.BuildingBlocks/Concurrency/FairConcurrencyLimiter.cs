namespace Shop.BuildingBlocks.Concurrency;

/// <summary>
/// Concurrency limiter whose queue is fair twice: kinds of requests take turns, and within a kind its flows. Each kind
/// has permits of its own (<see cref="PermitShares"/>) and a bounded queue of its own (<see cref="FairQueue{TFlow,
/// TItem}"/>). A flow at its limit waits while permits are free, and delays no other flow.
/// </summary>
/// <param name="queueLimit">Requests of each kind that wait.</param>
/// <param name="kinds">The number of kinds; a kind is an integer below it.</param>
/// <param name="flowLimit">Null: one flow may hold every permit that a kind can have.</param>
public sealed class FairConcurrencyLimiter<TFlow>(
    int permitLimit, int queueLimit, int kinds = 1, FlowLimit<TFlow>? flowLimit = null)
    where TFlow : notnull
{
    private readonly Lock access = new();
    private readonly PermitShares permits = PermitShares.Of(permitLimit, kinds);
    private readonly FairQueue<TFlow, Waiter>[] queues =
        [.. Enumerable.Range(0, kinds).Select(_ => new FairQueue<TFlow, Waiter>(queueLimit))];

    private readonly FlowPermits<TFlow> ofFlows = new(flowLimit);
    private Predicate<TFlow>? hasRoom;
    private int turn;

    /// <summary>
    /// Takes a permit at once, where there is one. It overtakes no waiter that could have it: while such a one waits,
    /// no permit is free to its kind.
    /// </summary>
    public bool TryAcquire(TFlow flow, int kind = 0)
    {
        lock (access)
            return TryTake(flow, kind);
    }

    /// <summary>Takes a permit, where need be after the waiters whose turn is before this one's.</summary>
    /// <exception cref="OperationCanceledException">Nothing was granted.</exception>
    public async Task<WaitResult> WaitAsync(TFlow flow, int kind, CancellationToken ct)
    {
        var waiter = new Waiter(this, flow, queues[kind]);
        lock (access)
        {
            if (TryTake(flow, kind))
                return WaitResult.Granted;
            waiter.Enqueue();
        }

        await using var registration =
            ct.UnsafeRegister(static (state, token) => ((Waiter)state!).Cancel(token), waiter);
        return await waiter.Task;
    }

    /// <summary>The same as a lease, for a limiter of one kind.</summary>
    /// <returns>The permit, which disposing of it gives back; null where none was granted.</returns>
    public async Task<(WaitResult Result, IDisposable? Permit)> AcquireAsync(TFlow flow, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var result = await WaitAsync(flow, 0, ct);
        return (result, result == WaitResult.Granted ? new Lease(this, flow) : null);
    }

    /// <summary>Gives a permit back, to the next waiter where there is one.</summary>
    /// <param name="flow">The flow that took it.</param>
    public void Release(TFlow flow, int kind = 0)
    {
        lock (access)
        {
            permits.Return(kind);
            ofFlows.Return(flow);
            // Two at most: one takes the permit, and one of the same flow a permit that was free but over its limit.
            while (Next() is { } next)
                next.SetResult(WaitResult.Granted);
        }
    }

    private bool TryTake(TFlow flow, int kind)
    {
        if (!ofFlows.HasRoom(flow) || !permits.TryTake(kind))
            return false;
        ofFlows.Take(flow);
        return true;
    }

    private Waiter? Next()
    {
        for (var i = 0; i < kinds; i++)
        {
            var kind = (turn + i) % kinds;
            if (queues[kind].Count == 0 || !permits.TryTake(kind))
                continue;
            // Few flows are passed over: no more than can hold their limit at once.
            if (queues[kind].Dequeue(hasRoom ??= ofFlows.HasRoom) is { } waiter)
            {
                ofFlows.Take(waiter.Flow);
                turn = kind + 1;
                return waiter;
            }

            permits.Return(kind);
        }

        return null;
    }

    /// <summary>
    /// Completed by what takes it out of the queue: a grant, a drop or its cancellation, whichever comes first under
    /// the lock.
    /// </summary>
    private sealed class Waiter(FairConcurrencyLimiter<TFlow> limiter, TFlow flow, FairQueue<TFlow, Waiter> queue)
        : TaskCompletionSource<WaitResult>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        private FairQueue<TFlow, Waiter>.Entry entry = null!;

        public TFlow Flow { get; } = flow;

        /// <summary>Under the limiter's lock. Ends the waiter that has to go for this one, or this one.</summary>
        public void Enqueue()
        {
            entry = queue.Enqueue(Flow, this, out var dropped);
            dropped?.SetResult(dropped.entry.IsLastOfFlow ? WaitResult.QueueFull : WaitResult.FlowFull);
        }

        public void Cancel(CancellationToken ct)
        {
            lock (limiter.access)
            {
                if (!queue.Remove(entry))
                    return;
            }

            SetCanceled(ct);
        }
    }

    private sealed class Lease(FairConcurrencyLimiter<TFlow> limiter, TFlow flow) : IDisposable
    {
        private int disposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref disposed, 1) == 0)
                limiter.Release(flow);
        }
    }
}
