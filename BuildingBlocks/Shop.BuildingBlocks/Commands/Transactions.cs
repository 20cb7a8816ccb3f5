using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Outbox;

namespace Shop.BuildingBlocks.Commands;

/// <summary>
/// Runs work in a scope and a transaction of its own. The outbox is written before the COMMIT and its dispatcher woken
/// after it. A transaction that PostgreSQL chose as the loser runs again, from a fresh scope.
/// </summary>
public sealed class Transactions(IServiceScopeFactory scopes, OutboxSignals signals, ILogger<Transactions> log)
{
    private readonly ResiliencePipeline again = new ResiliencePipelineBuilder()
        .AddRetry(new RetryStrategyOptions
        {
            // Two lock timeouts in a row are a row that is held for long: the caller is told.
            ShouldHandle = attempt => ValueTask.FromResult(
                attempt.Outcome.Exception is { } error && Transient.MayRunAgain(error)
                && (attempt.AttemptNumber == 0 || !Transient.IsLockTimeout(error))),
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

    public async Task<T> RunAsync<T>(Func<IServiceProvider, CancellationToken, Task<T>> work, CancellationToken ct) =>
        await again.ExecuteAsync(async token => await RunOnceAsync(work, LockMode.Wait, sent: null, token), ct);

    /// <param name="mode">Only a transaction that waits for locks runs again after a lock timeout.</param>
    /// <param name="sent">Is set once all locks are held and the COMMIT is on its way.</param>
    internal Task<T> RunAsync<T>(
        Func<IServiceProvider, CancellationToken, Task<T>> work, LockMode mode, CommitSent? sent, CancellationToken ct) =>
        mode == LockMode.Wait
            ? RunAsync(work, ct)
            : again.ExecuteAsync(
                async token =>
                {
                    try
                    {
                        return await RunOnceAsync(work, mode, sent, token);
                    }
                    catch (Exception error) when (Transient.IsLockTimeout(error))
                    {
                        throw new RowHeldException(error);
                    }
                },
                ct).AsTask();

    private async Task<T> RunOnceAsync<T>(
        Func<IServiceProvider, CancellationToken, Task<T>> work, LockMode mode, CommitSent? sent, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        await db.BeginAsync(ct);
        db.UseLockMode(mode);
        var result = await work(scope.ServiceProvider, ct);
        var written = scope.ServiceProvider.GetRequiredService<Outbox.Outbox>().Post();
        var commit = db.CommitAsync(ct);
        sent?.Set();
        await commit;

        signals.Wake(written);
        return result;
    }
}

/// <summary>All locks of a transaction are held and its COMMIT is on its way: the next batch may take its own.</summary>
internal sealed class CommitSent
{
    private readonly TaskCompletionSource source = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Task => source.Task;

    public void Set() => source.TrySetResult();
}

/// <summary>A batch met a row that another session holds for longer than a COMMIT takes.</summary>
internal sealed class RowHeldException(Exception inner) : Exception(inner.Message, inner);
