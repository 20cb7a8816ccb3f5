using Microsoft.Extensions.Options;

namespace Shop.Identity.Sessions;

/// <summary>
/// One attempt at a time for an e-mail and network in this process, with a bounded queue behind it. An attempt counts
/// as failed until it succeeds; unqueued, a user that signs in on six devices at once with the right password would be
/// locked out.
/// </summary>
internal sealed class AttemptsUnderWay(IOptions<SignInLockoutOptions> options)
{
    private readonly Lock mutex = new();

    // As long as the attempts under way, each of which is a request that PasswordLimiter lets in or waits behind one.
    private readonly Dictionary<(string Email, ClientNetwork Network), Queue> queues = [];

    /// <summary>Waits until no other attempt for the e-mail from the network is under way.</summary>
    /// <returns>To be disposed of when the attempt is over.</returns>
    /// <exception cref="ErrorException">429 <c>rate_limited</c>: as many are under way as may fail.</exception>
    public async Task<IDisposable> BeginAsync(string normalizedEmail, ClientNetwork network, CancellationToken ct)
    {
        var queue = Join((normalizedEmail, network));
        try
        {
            await queue.Turn.WaitAsync(ct);
        }
        catch
        {
            Leave(queue);
            throw;
        }

        return new Attempt(this, queue);
    }

    private Queue Join((string Email, ClientNetwork Network) key)
    {
        lock (mutex)
        {
            if (!queues.TryGetValue(key, out var queue))
                queues[key] = queue = new Queue(key);
            if (queue.Count >= options.Value.MaxFailedAttempts)
                throw new ErrorException(
                    HttpErrors.RateLimited.Of("Too many sign-ins with this e-mail are under way. Try again shortly."));
            queue.Count++;
            return queue;
        }
    }

    private void Leave(Queue queue)
    {
        lock (mutex)
        {
            if (--queue.Count > 0)
                return;
            queues.Remove(queue.Key);
        }

        queue.Turn.Dispose();
    }

    private sealed class Queue((string Email, ClientNetwork Network) key)
    {
        public (string Email, ClientNetwork Network) Key => key;

        public SemaphoreSlim Turn { get; } = new(1, 1);

        /// <summary>The attempt under way and those that wait for it to end.</summary>
        public int Count { get; set; }
    }

    private sealed class Attempt(AttemptsUnderWay attempts, Queue queue) : IDisposable
    {
        public void Dispose()
        {
            queue.Turn.Release();
            attempts.Leave(queue);
        }
    }
}
