using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shop.BuildingBlocks.Background;

namespace Shop.BuildingBlocks.Database;

/// <summary>
/// Rows that another session is known to hold. Batches leave them out, so that one held row delays nobody who does not
/// want it, until a probe finds it free.
/// </summary>
public sealed class HeldRows
{
    // Beyond it a held row costs a batch its brief wait each time.
    private const int Maximum = 1_000;

    private readonly ConcurrentDictionary<RowKey, Held> rows = new();

    internal sealed record Held(LockStatement Statement, IReadOnlyList<(string Name, object Value)> Parameters);

    internal bool IsEmpty => rows.IsEmpty;

    internal IEnumerable<KeyValuePair<RowKey, Held>> All => rows;

    internal bool Contains(RowKey row) => !rows.IsEmpty && rows.ContainsKey(row);

    internal void Add(RowKey row, Held held)
    {
        if (rows.Count < Maximum)
            rows[row] = held;
    }

    internal void Remove(RowKey row) => rows.TryRemove(row, out _);
}

/// <summary>Looks once a second which of the held rows are free again.</summary>
internal sealed class ProbeHeldRows(
    HeldRows held, IServiceScopeFactory scopes, TimeProvider time, ILogger<ProbeHeldRows> log) : Worker(time, log)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override string Name => "held-rows";

    /// <returns>0: the next look is due after the interval, whatever this one found.</returns>
    public override async Task<int> RunOnceAsync(CancellationToken ct)
    {
        if (held.IsEmpty)
            return 0;
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        await db.BeginAsync(ct);
        var freed = db.QueueProbes(held.All);
        await db.FlushAsync(ct);
        foreach (var row in freed)
            held.Remove(row);
        return 0;
    }

    protected override Task PauseAsync(CancellationToken ct) => Task.Delay(Interval, Time, ct);
}
