using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shop.BuildingBlocks.Background;
using Shop.BuildingBlocks.Database;

namespace Shop.BuildingBlocks.Idempotency;

/// <summary>
/// Clears keys away that are older than the REST contract promises to keep them. The database's clock decides.
/// </summary>
internal sealed class KeyCleaner(IServiceScopeFactory scopes, TimeProvider time, ILogger<KeyCleaner> log)
    : Worker(time, log)
{
    // Attempts that do not wait need an instant without a keyed command: many of them, and every sixtieth, five minutes
    // later, waits for the lock.
    private const int AttemptsForEachWait = 60;

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan BusyInterval = TimeSpan.FromSeconds(5);

    // TRUNCATE holds its lock until the commit, and a crash that undoes it costs nothing: no standby is waited for.
    private const string CommitLocally = "select set_config('synchronous_commit', 'local', true)";

    private const string ClearResponses = "select shop.clear_stored_responses(@wait)";

    private int failedAttempts;

    protected override string Name => "idempotency-keys";

    /// <returns>1 where a partition was emptied.</returns>
    public override async Task<int> RunOnceAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        var outcome = "";
        var waits = (failedAttempts + 1) % AttemptsForEachWait == 0;
        await db.BeginAsync(ct);
        db.Queue(CommitLocally);
        db.QueueRead(ClearResponses, row => outcome = row.GetString(0), ("wait", waits));
        await db.CommitAsync(ct);
        failedAttempts = outcome == "BUSY" ? failedAttempts + 1 : 0;
        if (failedAttempts > 0 && waits)
            Log.LogWarning("Stored responses were not cleared: {Attempts} attempts found them in use", failedAttempts);
        return outcome == "CLEARED" ? 1 : 0;
    }

    protected override Task PauseAsync(CancellationToken ct) =>
        Task.Delay(failedAttempts == 0 ? Interval : BusyInterval * (0.5 + Random.Shared.NextDouble()), Time, ct);
}
