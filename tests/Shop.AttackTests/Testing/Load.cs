using System.Collections.Concurrent;
using System.Diagnostics;

namespace Shop.AttackTests.Testing;

/// <summary>Requests at a steady rate, whatever becomes of those before (open loop).</summary>
internal static class Load
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    /// <param name="atOnce">Requests under way at most; beyond that none is sent.</param>
    /// <param name="send">Sends the n-th request and returns the status code.</param>
    public static async Task<Tally> RunAsync(int perSecond, int atOnce, Func<int, Task<int>> send, CancellationToken ct)
    {
        var tally = new Tally();
        var underWay = new ConcurrentDictionary<Task, byte>();
        var since = Stopwatch.StartNew();
        var sent = 0;
        using var timer = new PeriodicTimer(Tick);
        while (!ct.IsCancellationRequested)
        {
            foreach (var done in underWay.Keys.Where(task => task.IsCompleted))
                underWay.TryRemove(done, out _);
            for (var due = since.Elapsed.TotalSeconds * perSecond; sent < due && underWay.Count < atOnce; sent++)
                underWay.TryAdd(CountAsync(sent), 0);
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }

        await Task.WhenAll(underWay.Keys);
        return tally;

        async Task CountAsync(int number)
        {
            try
            {
                tally.Count(await send(number));
            }
            catch (Exception lost) when (lost is HttpRequestException or TaskCanceledException)
            {
                tally.Count(Tally.NoAnswer);
            }
        }
    }
}
