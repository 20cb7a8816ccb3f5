using System.Collections.Concurrent;
using System.Diagnostics;

namespace Shop.Chaos;

/// <summary>Something that goes wrong, and is put right again before it ends.</summary>
/// <param name="Targets">One thing goes wrong with each of them at a time.</param>
internal sealed record Fault(
    string Name, IReadOnlyList<object> Targets, Func<Random, CancellationToken, Task> RunAsync);

/// <summary>Injects faults: every one once, in random order, then every one again.</summary>
internal sealed class FaultInjector(IReadOnlyList<Fault> faults, History history, Random random)
{
    private const int MaximumAtOnce = 3;

    private readonly ConcurrentDictionary<string, int> counts = new();
    private readonly Queue<Fault> deck = new();

    /// <summary>How often each fault has come.</summary>
    public IReadOnlyDictionary<string, int> Counts => counts;

    /// <summary>Goes on for the duration, and then until all is put right.</summary>
    public async Task RunAsync(TimeSpan duration, CancellationToken ct)
    {
        var since = Stopwatch.StartNew();
        var running = new Dictionary<Fault, Task>();
        while (since.Elapsed < duration && !ct.IsCancellationRequested)
        {
            foreach (var over in running.Where(fault => fault.Value.IsCompleted).Select(fault => fault.Key).ToList())
                running.Remove(over);
            if (running.Count < MaximumAtOnce && Deal([.. running.Keys.SelectMany(fault => fault.Targets)]) is { } next)
                running.Add(next, RunAsync(next, new Random(random.Next()), ct));

            // Not of the seed: how often it is drawn depends on the timing.
            await Task.Delay(Random.Shared.Next(1_000, 3_000), CancellationToken.None);
        }

        await Task.WhenAll(running.Values);
    }

    private async Task RunAsync(Fault fault, Random chance, CancellationToken ct)
    {
        counts.AddOrUpdate(fault.Name, 1, (_, count) => count + 1);
        try
        {
            await fault.RunAsync(chance, ct);
        }
        catch (Exception lasting) when (lasting is not OperationCanceledException)
        {
            history.Violate($"{fault.Name}, and it was not put right: {lasting.Message}");
        }
    }

    // A fault whose target has another fault now is waited for, so that the seed alone gives the order.
    private Fault? Deal(IReadOnlyList<object> busy)
    {
        if (deck.Count == 0)
        {
            foreach (var fault in faults.OrderBy(_ => random.Next()))
                deck.Enqueue(fault);
        }

        return deck.Peek().Targets.Any(busy.Contains) ? null : deck.Dequeue();
    }
}
