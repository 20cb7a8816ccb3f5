using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Outbox;

namespace Shop.BuildingBlocks.Commands;

/// <summary>
/// Runs work in a scope and a transaction of its own. The outbox is written before the COMMIT and its dispatcher woken
/// after it. A transaction that PostgreSQL chose as the loser, or ended for idling, runs again from a fresh scope.
/// </summary>
public sealed class Transactions(IServiceScopeFactory scopes, OutboxSignals signals, ILogger<Transactions> log)
{
    // Two lock timeouts in a row are a row that is held for long: the caller is told.
    private readonly ResiliencePipeline patient = Retry(
        log, (error, attempt) => Transient.IsUndone(error) && (attempt == 0 || !Transient.IsLockTimeout(error)));

    private readonly ResiliencePipeline brief = Retry(
        log, (error, _) => Transient.IsUndone(error) && !Transient.IsLockTimeout(error));

    public Task<T> RunAsync<T>(Func<IServiceProvider, CancellationToken, Task<T>> work, CancellationToken ct) =>
        RunAsync(work, LockMode.Wait, sent: null, ct);

    /// <param name="mode">Only a transaction that waits for locks runs again after a lock timeout.</param>
    /// <param name="sent">Is completed once all locks are held and the COMMIT is on its way.</param>
    internal async Task<T> RunAsync<T>(
        Func<IServiceProvider, CancellationToken, Task<T>> work,
        LockMode mode,
        TaskCompletionSource? sent,
        CancellationToken ct) =>
        await (mode == LockMode.Wait ? patient : brief).ExecuteAsync(
            async token => await RunOnceAsync(work, mode, sent, token), ct);

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

    private static ResiliencePipeline Retry(ILogger log, Func<Exception, int, bool> mayRunAgain) =>
        new ResiliencePipelineBuilder()
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = attempt => ValueTask.FromResult(
                    attempt.Outcome.Exception is { } error && mayRunAgain(error, attempt.AttemptNumber)),
                MaxRetryAttempts = 5,
                Delay = TimeSpan.FromMilliseconds(5),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                OnRetry = attempt =>
                {
                    log.LogInformation(
                        "Attempt {Attempt} lost to another transaction ({Error}); running again",
                        attempt.AttemptNumber + 1,
                        attempt.Outcome.Exception?.Message);
                    return ValueTask.CompletedTask;
                },
            })
            .Build();
}
