namespace Shop.AttackTests.Testing;

/// <summary>
/// Clients who each send one request after the other (closed loop), from their creation until they are disposed of.
/// </summary>
internal sealed class Crowd : IAsyncDisposable
{
    private readonly CancellationTokenSource over = new();
    private readonly Task clients;
    private long successes;

    /// <param name="send">Sends a request of the n-th client and returns the status code.</param>
    public Crowd(int size, Func<int, Task<int>> send) =>
        clients = Task.WhenAll(
            Enumerable.Range(0, size).Select(client => Task.Run(() => RunAsync(() => send(client)))));

    public Tally Answers { get; } = new();

    /// <summary>Answers of success so far.</summary>
    public long Successes => Volatile.Read(ref successes);

    /// <summary>Ends when each client has its last answer.</summary>
    public async Task LeaveAsync()
    {
        await over.CancelAsync();
        await clients;
    }

    public async ValueTask DisposeAsync()
    {
        await LeaveAsync();
        over.Dispose();
    }

    public override string ToString() => $"{Answers}";

    private async Task RunAsync(Func<Task<int>> send)
    {
        while (!over.IsCancellationRequested)
        {
            var status = await send();
            Answers.Count(status);
            if (status is >= 200 and < 300)
                Interlocked.Increment(ref successes);
        }
    }
}
