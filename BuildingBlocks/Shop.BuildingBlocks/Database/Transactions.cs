using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Polly;
using Polly.Retry;
using Shop.BuildingBlocks.Idempotency;
using Shop.BuildingBlocks.Outbox;

namespace Shop.BuildingBlocks.Database;

/// <summary>
/// Runs work in a scope and a transaction of its own, with idempotency keys and the outbox written before the commit and the dispatcher woken after it. When PostgreSQL
/// picks the transaction as a loser before the commit, the work runs again, from a fresh scope.
/// </summary>
public sealed class Transactions(IServiceScopeFactory scopes, OutboxSignals signals, ILogger<Transactions> log)
{
    private readonly ResiliencePipeline again = new ResiliencePipelineBuilder()
        .AddRetry(new RetryStrategyOptions
        {
            // A lock that two waits did not get is held for long: that the caller may know.
            ShouldHandle = attempt => ValueTask.FromResult(
                attempt.Outcome.Exception is { } error && Transient.MayRunAgain(error) && (attempt.AttemptNumber == 0 || !Transient.IsLockTimeout(error))),
            MaxRetryAttempts = 5,
            Delay = TimeSpan.FromMilliseconds(5),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            OnRetry = attempt =>
            {
                log.LogInformation("Attempt {Attempt} lost to another transaction ({Error}); running again", attempt.AttemptNumber + 1, attempt.Outcome.Exception?.Message);
                return ValueTask.CompletedTask;
            },
        })
        .Build();

    /// <param name="committing">Called once all locks are taken and all that is left has been sent, the COMMIT with it.</param>
    public async Task<T> RunAsync<T>(Func<IServiceProvider, CancellationToken, Task<T>> work, CancellationToken ct, Action? committing = null) =>
        await again.ExecuteAsync(async token => await OnceAsync(work, committing, token), ct);

    private async Task<T> OnceAsync<T>(Func<IServiceProvider, CancellationToken, Task<T>> work, Action? committing, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        var outbox = scope.ServiceProvider.GetRequiredService<Outbox.Outbox>();
        try
        {
            await db.BeginAsync(ct);
            var result = await work(scope.ServiceProvider, ct);
            scope.ServiceProvider.GetRequiredService<IdempotencyKeys>().Post();
            var written = outbox.Post();
            var commit = db.CommitAsync(ct);
            committing?.Invoke();
            await commit;

            signals.Wake(written);
            return result;
        }
        catch (PostgresException error) when (IdempotencyKeys.IsUnderWay(error))
        {
            throw IdempotencyKeys.InProgress();
        }
    }
}
