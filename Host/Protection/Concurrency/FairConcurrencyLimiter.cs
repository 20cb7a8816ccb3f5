namespace Shop.Host.Protection.Concurrency;

/// <summary>
/// Concurrency limiter whose queue is fair twice: kinds of requests take turns, and within a kind its callers. Each
/// kind has permits of its own (<see cref="PermitShares"/>) and a bounded queue of its own (<see cref="FairQueue{TFlow,
/// TItem}"/>).
/// </summary>
/// <param name="queueLimit">Requests of each kind that wait.</param>
internal sealed class FairConcurrencyLimiter(int permitLimit, int queueLimit)
{
    private static readonly int Kinds = Enum.GetValues<RequestKind>().Length;

    private readonly Lock access = new();
    private readonly PermitShares permits = PermitShares.Of(permitLimit, Kinds);
    private readonly FairQueue<CallerKey, Waiter>[] queues =
        [.. Enumerable.Range(0, Kinds).Select(_ => new FairQueue<CallerKey, Waiter>(queueLimit))];

    private int turn;

    /// <summary>
    /// Takes a permit at once, where there is one. It overtakes no waiter: while a kind has waiters, no permit is free
    /// to it.
    /// </summary>
    public bool TryAcquire(RequestKind kind)
    {
        lock (access)
            return permits.TryTake((int)kind);
    }

    /// <returns>Whether a permit was granted; false where the queue had no room.</returns>
    /// <exception cref="OperationCanceledException">Nothing was granted.</exception>
    public async Task<bool> WaitAsync(RequestKind kind, CallerKey caller, CancellationToken ct)
    {
        var waiter = new Waiter(this, queues[(int)kind]);
        Waiter? dropped;
        lock (access)
        {
            if (permits.TryTake((int)kind))
                return true;
            waiter.Enqueue(caller, out dropped);
        }

        dropped?.SetResult(false);
        await using var registration =
            ct.UnsafeRegister(static (state, token) => ((Waiter)state!).Cancel(token), waiter);
        return await waiter.Task;
    }

    /// <summary>Gives a permit back, to the next waiter where there is one.</summary>
    public void Release(RequestKind kind)
    {
        Waiter? next;
        lock (access)
        {
            permits.Return((int)kind);
            next = Next();
        }

        next?.SetResult(true);
    }

    // One permit that is given back serves one waiter at most: until then no waiter's kind had a permit free to it.
    private Waiter? Next()
    {
        for (var i = 0; i < Kinds; i++)
        {
            var kind = (turn + i) % Kinds;
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
    private sealed class Waiter(FairConcurrencyLimiter limiter, FairQueue<CallerKey, Waiter> queue)
        : TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        private FairQueue<CallerKey, Waiter>.Entry? entry;

        /// <summary>Under the limiter's lock.</summary>
        public void Enqueue(CallerKey caller, out Waiter? dropped) => entry = queue.Enqueue(caller, this, out dropped);

        public void Cancel(CancellationToken ct)
        {
            lock (limiter.access)
            {
                if (!queue.Remove(entry!))
                    return;
            }

            SetCanceled(ct);
        }
    }
}
