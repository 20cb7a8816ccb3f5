using System.Collections.Concurrent;
using FluentValidation;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Activities;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Idempotency;

namespace Shop.BuildingBlocks.Commands;

/// <summary>Runs an outermost command to its completion.</summary>
internal abstract class CommandExecutor<TResult>
{
    private static readonly ConcurrentDictionary<Type, Type> Executors = new();

    public static CommandExecutor<TResult> Of(IServiceProvider services, ICommand<TResult> command) =>
        (CommandExecutor<TResult>)services.GetRequiredService(Executors.GetOrAdd(
            command.GetType(), static type => typeof(CommandExecutor<,>).MakeGenericType(type, typeof(TResult))));

    /// <summary>The item then has its result, or the response of an earlier request with its key.</summary>
    /// <exception cref="ErrorException">The command failed and left nothing.</exception>
    public abstract Task RunAsync(CommandItem<TResult> item, CancellationToken ct);
}

/// <summary>
/// Validates a command, opens its span, and runs it in the one transaction of every command, which claims the
/// idempotency keys, locks, decides, writes, stores the responses and the activity, and commits. A plain command is a
/// batch of one.
/// </summary>
internal class CommandExecutor<TCommand, TResult>(
    IEnumerable<IValidator<TCommand>> validators, Transactions transactions, ConnectionShares shares)
    : CommandExecutor<TResult>
    where TCommand : ICommand<TResult>
{
    public override Task RunAsync(CommandItem<TResult> item, CancellationToken ct) =>
        RequestTelemetry.RunAsync<TCommand, Result<TResult>?>(
            async () =>
            {
                validators.Validate(CommandOf(item));
                await CompleteAsync(item, ct);
                return item.Result;
            },
            result => result?.Error?.Code);

    protected static TCommand CommandOf(CommandItem<TResult> item) => (TCommand)item.Command;

    protected virtual async Task CompleteAsync(CommandItem<TResult> item, CancellationToken ct)
    {
        using var share = await shares.TakeAsync(typeof(TCommand).Name, ct);
        await TransactAsync([item], LockMode.Wait, sent: null, ct);
    }

    /// <summary>
    /// Locks, sends what is queued, and decides the commands that <see cref="CommandItem{TResult}.Open"/> says are to
    /// be decided. The handler of a plain command takes its own locks.
    /// </summary>
    protected virtual async Task DecideAsync(
        IServiceProvider scope, IReadOnlyList<CommandItem<TResult>> items, IdempotencyStore keys, CancellationToken ct)
    {
        await scope.GetRequiredService<Db>().FlushAsync(ct);
        var handler = scope.GetRequiredService<IRequestHandler<TCommand, TResult>>();
        foreach (var item in items.Where(item => item.Open(keys, heldRow: null)))
            item.Decide(await handler.Handle(CommandOf(item), ct), keys);
    }

    /// <summary>Each item is then decided, or has the held row for which it is not.</summary>
    /// <param name="sent">Is completed once all locks are held and the COMMIT is on its way.</param>
    protected Task TransactAsync(
        IReadOnlyList<CommandItem<TResult>> items, LockMode mode, TaskCompletionSource? sent, CancellationToken ct) =>
        transactions.RunAsync(
            async (scope, token) =>
            {
                var keys = scope.GetRequiredService<IdempotencyStore>();
                keys.QueueClaim([.. items.Select(item => item.Key).OfType<IdempotencyKey>()]);
                await DecideAsync(scope, items, keys, token);
                var activity = items.Select(item => item.Describe()).OfType<ActivityRecord>().ToList();
                if (activity.Count > 0)
                    scope.GetRequiredService<IActivityLog>().Queue(activity);
                keys.QueueStored();
                scope.GetRequiredService<Db>().ReadPositionAtCommit(position =>
                {
                    foreach (var item in items)
                        item.Position = position;
                });
                return items;
            },
            mode,
            sent,
            ct);
}
