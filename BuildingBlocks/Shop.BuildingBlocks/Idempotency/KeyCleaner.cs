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

    // Of hosts of the version before, a bounded number at a time, until there are none. Several hosts may do this at
    // once.
    private const string DeleteOldKeys = """
        with deleted as (
            delete from shop.idempotency_keys where (caller, key) in (
                select caller, key from shop.idempotency_keys
                where created_at <= (select shop.now() - interval '24 hours')
                order by created_at limit 1000 for update skip locked)
            returning 1)
        select count(*) from deleted
        """;

    private int failedAttempts;

    protected override string Name => "idempotency-keys";

    /// <returns>Old keys that were deleted, and one more where a partition was emptied.</returns>
    public override async Task<int> RunOnceAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        var cleared = 0;
        var outcome = "";
        var waits = (failedAttempts + 1) % AttemptsForEachWait == 0;
        await db.BeginAsync(ct);
        db.Queue(CommitLocally);
        db.QueueRead(DeleteOldKeys, row => cleared += (int)row.GetInt64(0));
        db.QueueRead(ClearResponses, row => outcome = row.GetString(0), ("wait", waits));
        await db.CommitAsync(ct);
        failedAttempts = outcome == "BUSY" ? failedAttempts + 1 : 0;
        if (failedAttempts > 0 && waits)
            Log.LogWarning("Kept responses were not cleared away: {Attempts} attempts found them in use", failedAttempts);
        return outcome == "CLEARED" ? cleared + 1 : cleared;
    }

    protected override Task PauseAsync(CancellationToken ct) =>
        Task.Delay(failedAttempts == 0 ? Interval : BusyInterval * (0.5 + Random.Shared.NextDouble()), Time, ct);
}
