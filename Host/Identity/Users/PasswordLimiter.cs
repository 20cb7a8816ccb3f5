using Shop.BuildingBlocks.Http;
using Shop.BuildingBlocks.Pipeline;

namespace Shop.Host.Identity.Users;

/// <summary>
/// The concurrency limiter of all requests that hash a password. Its queue is bounded and served round-robin between
/// networks, so that one network's flood delays another's sign-in by one turn.
/// </summary>
internal sealed class PasswordLimiter(PasswordLimits limits)
{
    private readonly Lock mutex = new();
    private readonly Dictionary<ClientNetwork, NetworkQueue> queues = [];

    // The networks that wait, the next one to be served first.
    private readonly LinkedList<NetworkQueue> ring = new();

    private int free = limits.Requests;
    private int waiting;

    /// <summary>
    /// Waits for a permit, to be disposed of when the request needs neither a password hash nor the database any more.
    /// </summary>
    /// <exception cref="Refused">503 <c>unavailable</c>: the queue is full. 429 <c>rate_limited</c>: the network's
    /// share of it is.</exception>
    public async ValueTask<IDisposable> AcquireAsync(ClientNetwork network, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        Waiter waiter;
        lock (mutex)
        {
            if (free > 0)
            {
                free--;
                return new Permit(this);
            }

            waiter = Enqueue(network);
        }

        await using var cancellation = ct.UnsafeRegister(
            static (state, token) => ((Waiter)state!).Cancel(token), waiter);
        await waiter.Granted;
        return new Permit(this);
    }

    private Waiter Enqueue(ClientNetwork network)
    {
        if (waiting >= limits.QueueLength)
            throw Full();
        if (!queues.TryGetValue(network, out var queue))
        {
            queues[network] = queue = new NetworkQueue(network);
            queue.Node = ring.AddLast(queue);
        }

        if (queue.Waiters.Count >= limits.QueueLengthOfNetwork)
            throw RateLimits.Exceeded("Too many sign-ins from this network at once. Try again shortly.");
        waiting++;
        return new Waiter(this, queue);
    }

    private static Refused Full() => new(
        "unavailable", "Too many sign-ins at once. Try again shortly.", StatusCodes.Status503ServiceUnavailable)
    {
        RetryAfter = TimeSpan.FromSeconds(1),
    };

    // The permit goes to the next network's first waiter; that network then waits behind the others.
    private void Release()
    {
        lock (mutex)
        {
            if (ring.First is not { } next)
            {
                free++;
                return;
            }

            var queue = next.Value;
            var waiter = queue.Waiters.First!.Value;
            Leave(waiter);
            if (queue.Waiters.Count > 0)
            {
                ring.Remove(next);
                ring.AddLast(next);
            }

            waiter.Grant();
        }
    }

    private void Leave(Waiter waiter)
    {
        waiting--;
        var queue = waiter.Leave();
        if (queue.Waiters.Count > 0)
            return;
        ring.Remove(queue.Node!);
        queues.Remove(queue.Network);
    }

    private sealed class NetworkQueue(ClientNetwork network)
    {
        public ClientNetwork Network => network;

        public LinkedList<Waiter> Waiters { get; } = new();

        public LinkedListNode<NetworkQueue>? Node { get; set; }
    }

    private sealed class Waiter
    {
        private readonly TaskCompletionSource granted = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly PasswordLimiter limiter;
        private readonly NetworkQueue queue;
        private readonly LinkedListNode<Waiter> node;

        public Waiter(PasswordLimiter limiter, NetworkQueue queue)
        {
            this.limiter = limiter;
            this.queue = queue;
            node = queue.Waiters.AddLast(this);
        }

        public Task Granted => granted.Task;

        public void Grant() => granted.SetResult();

        public NetworkQueue Leave()
        {
            queue.Waiters.Remove(node);
            return queue;
        }

        // A permit that was granted meanwhile is the caller's to give back.
        public void Cancel(CancellationToken ct)
        {
            lock (limiter.mutex)
            {
                if (node.List is null)
                    return;
                limiter.Leave(this);
            }

            granted.SetCanceled(ct);
        }
    }

    private sealed class Permit(PasswordLimiter limiter) : IDisposable
    {
        private int disposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref disposed, 1) == 0)
                limiter.Release();
        }
    }
}
