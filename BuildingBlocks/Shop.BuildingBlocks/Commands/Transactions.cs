using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Outbox;

namespace Shop.BuildingBlocks.Commands;

/// <summary>
/// Runs work in a scope and a transaction of its own. The outbox is written before the COMMIT and its dispatcher woken
/// after it. A transaction that PostgreSQL chose as the loser, or ended for idling, runs again from a fresh scope.
/// </summary>
public sealed class Transactions(IServiceScopeFactory scopes, OutboxSignals signals, ILogger<Transactions> log)
{
    private const int MaximumRetries = 5;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(5);

    public Task<T> RunAsync<T>(Func<IServiceProvider, CancellationToken, Task<T>> work, CancellationToken ct) =>
        RunAsync(work, LockMode.Wait, sent: null, ct);

    /// <param name="mode">Only a transaction that waits for locks runs again after a lock timeout.</param>
    /// <param name="sent">Is completed once all locks are held and the COMMIT is on its way.</param>
    internal async Task<T> RunAsync<T>(
        Func<IServiceProvider, CancellationToken, Task<T>> work,
        LockMode mode,
        TaskCompletionSource? sent,
        CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await RunOnceAsync(work, mode, sent, ct);
            }
            catch (Exception error) when (attempt <= MaximumRetries && MayRunAgain(error, mode, attempt))
            {
                log.LogInformation(
                    "Attempt {Attempt} lost to another transaction ({Error}); running again", attempt, error.Message);
                await Task.Delay(FirstPause * (1 << attempt) * Random.Shared.NextDouble(), ct);
            }
        }
    }

    private async Task<T> RunOnceAsync<T>(
        Func<IServiceProvider, CancellationToken, Task<T>> work,
        LockMode mode,
        TaskCompletionSource? sent,
        CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        await db.BeginAsync(ct);
        db.UseLockMode(mode);
        var result = await work(scope.ServiceProvider, ct);
        var written = scope.ServiceProvider.GetRequiredService<Outbox.Outbox>().Post();
        var commit = db.CommitAsync(ct);
        sent?.TrySetResult();
        await commit;

        signals.Wake(written);
        return result;
    }

    // Two lock timeouts in a row are a row that is held for long: the caller is told.
    private static bool MayRunAgain(Exception error, LockMode mode, int attempt) => Transient.IsUndone(error)
        && (!Transient.IsLockTimeout(error) || (mode == LockMode.Wait && attempt == 1));
}
