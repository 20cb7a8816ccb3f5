namespace Shop.BuildingBlocks.Concurrency;

/// <summary>
/// Concurrency limiter whose queue is fair twice: kinds of requests take turns, and within a kind its flows. Each kind
/// has permits of its own (<see cref="PermitShares"/>) and a bounded queue of its own (<see cref="FairQueue{TFlow,
/// TItem}"/>).
/// </summary>
/// <param name="queueLimit">Requests of each kind that wait.</param>
/// <param name="kinds">The number of kinds; a kind is an integer below it.</param>
public sealed class FairConcurrencyLimiter<TFlow>(int permitLimit, int queueLimit, int kinds = 1)
    where TFlow : notnull
{
    private readonly Lock access = new();
    private readonly PermitShares permits = PermitShares.Of(permitLimit, kinds);
    private readonly FairQueue<TFlow, Waiter>[] queues =
        [.. Enumerable.Range(0, kinds).Select(_ => new FairQueue<TFlow, Waiter>(queueLimit))];

    private int turn;

    /// <summary>
    /// Takes a permit at once, where there is one. It overtakes no waiter: while a kind has waiters, no permit is free
    /// to it.
    /// </summary>
    public bool TryAcquire(int kind = 0)
    {
        lock (access)
            return permits.TryTake(kind);
    }

    /// <summary>Takes a permit, where need be after the waiters whose turn is before this one's.</summary>
    /// <exception cref="OperationCanceledException">Nothing was granted.</exception>
    public async Task<WaitResult> WaitAsync(TFlow flow, int kind, CancellationToken ct)
    {
        var waiter = new Waiter(this, queues[kind]);
        lock (access)
        {
            if (permits.TryTake(kind))
                return WaitResult.Granted;
            waiter.Enqueue(flow);
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
        return (result, result == WaitResult.Granted ? new Lease(this) : null);
    }

    /// <summary>Gives a permit back, to the next waiter where there is one.</summary>
    public void Release(int kind = 0)
    {
        Waiter? next;
        lock (access)
        {
            permits.Return(kind);
            next = Next();
        }

        next?.SetResult(WaitResult.Granted);
    }

    // One permit that is given back serves one waiter at most: until then no waiter's kind had a permit free to it.
    private Waiter? Next()
    {
        for (var i = 0; i < kinds; i++)
        {
            var kind = (turn + i) % kinds;
            if (queues[kind].Count == 0 || !permits.TryTake(kind))
                continue;
            turn = kind + 1;
            return queues[kind].Dequeue();
        }

        return null;
    }

    /// <summary>
    /// Completed by what takes it out of the queue: a grant, a drop or its cancellation, whichever comes first under
    /// the lock.
    /// </summary>
    private sealed class Waiter(FairConcurrencyLimiter<TFlow> limiter, FairQueue<TFlow, Waiter> queue)
        : TaskCompletionSource<WaitResult>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        private FairQueue<TFlow, Waiter>.Entry entry = null!;

        /// <summary>Under the limiter's lock. Ends the waiter that has to go for this one, or this one.</summary>
        public void Enqueue(TFlow flow)
        {
            entry = queue.Enqueue(flow, this, out var dropped);
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

    private sealed class Lease(FairConcurrencyLimiter<TFlow> limiter) : IDisposable
    {
        private int disposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref disposed, 1) == 0)
                limiter.Release();
        }
    }
}
