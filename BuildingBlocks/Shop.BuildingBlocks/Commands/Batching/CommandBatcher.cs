using System.Collections.Concurrent;
using FluentValidation;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Idempotency;

namespace Shop.BuildingBlocks.Commands.Batching;

/// <summary>
/// Decides the commands of one kind in batches. Waiting commands wait alone: one that needs a row which another
/// session holds takes that row's side path, and a batch that fails is taken apart beside the next one.
/// </summary>
internal sealed class CommandBatcher<TCommand, TResult, TLocked> : CommandExecutor<TCommand, TResult>
    where TCommand : IBatchedCommand<TResult>
{
    // Not a row's: a table's lock, under a migration, or a key that another transaction is about to insert. No probe
    // tells whether it is free.
    private static readonly HeldRow OtherLock = HeldRow.Unknown(typeof(TCommand).Name);

    private static readonly TimeSpan NotedFor = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<(long Caller, string Key), CommandItem<TResult>> underWay = new();
    private readonly IServiceScopeFactory scopes;
    private readonly ConnectionShares shares;
    private readonly HeldRows held;
    private readonly BatchQueue<CommandItem<TResult>> queue;
    private readonly SidePaths<CommandItem<TResult>> sidePaths;

    public CommandBatcher(
        IServiceScopeFactory scopes,
        IEnumerable<IValidator<TCommand>> validators,
        Transactions transactions,
        ConnectionShares shares,
        BatchPace pace,
        HeldRows held,
        IOptions<BatchingOptions> options,
        ILogger<CommandBatcher<TCommand, TResult, TLocked>> log)
        : base(validators, transactions, shares)
    {
        (this.scopes, this.shares, this.held) = (scopes, shares, held);
        queue = new(typeof(TCommand).Name, options.Value, options.Value.Parallelism, pace, log, RunAsync);
        sidePaths = new(queue, options.Value, held, shares, scopes, log);
        queue.Start();
    }

    protected override Task CompleteAsync(CommandItem<TResult> item, CancellationToken ct)
    {
        if (item.Key is not { } key)
            return queue.RunAsync(item, ct);
        var place = (key.Caller, key.Key);
        item.Ended = () => underWay.TryRemove(KeyValuePair.Create(place, item));
        var first = underWay.GetOrAdd(place, item);
        return first == item ? queue.RunAsync(item, ct) : AnswerRepeatAsync(first.Key!, item, key, ct);
    }

    protected override async Task DecideAsync(
        IServiceProvider scope, IReadOnlyList<CommandItem<TResult>> items, IdempotencyStore keys, CancellationToken ct)
    {
        var handler = scope.GetRequiredService<ICommandBatchHandler<TCommand, TResult, TLocked>>();
        var db = scope.GetRequiredService<Db>();
        var locked = await handler.LockAsync([.. items.Select(CommandOf)], ct);
        await db.FlushAsync(ct);
        var open = items.Where(item => item.Open(keys, HeldRowOf(CommandOf(item)))).ToList();
        if (open.Count == 0)
            return;
        var results = handler.Decide(locked, [.. open.Select(CommandOf)]);
        handler.Write(locked, results);
        for (var i = 0; i < open.Count; i++)
            open[i].Decide(results[i], keys);

        HeldRow? HeldRowOf(TCommand command) =>
            db.HasHeldRows ? db.FindHeld(handler.RowsOf(command, locked)) : null;
    }

    // A repeat stays out of the queue: between two transactions of the first request its key's lock is free. The first
    // may be a repeat itself, of a request that has been answered.
    private async Task AnswerRepeatAsync(
        IdempotencyKey first, CommandItem<TResult> item, IdempotencyKey key, CancellationToken ct)
    {
        if (!key.IsOfRequest(first.Fingerprint))
            throw new ErrorException(IdempotencyErrors.KeyReused.Of());
        using var share = await shares.TakeAsync(typeof(TCommand).Name, ct);
        await using var scope = scopes.CreateAsyncScope();
        var keys = scope.ServiceProvider.GetRequiredService<IdempotencyStore>();
        var answered = await keys.FindAsync(key, ct) ?? throw new ErrorException(IdempotencyErrors.InProgress.Of());
        item.Replay(answered, keys.Position);
    }

    private async Task RunAsync(
        IReadOnlyList<CommandItem<TResult>> items, TaskCompletionSource sent, Task previous)
    {
        var error = await TryDecideAsync(items, LockMode.Brief, sent);
        if (error is not null && Transient.IsLockTimeout(error))
        {
            // Perhaps the batch before holds the row: its COMMIT takes longer than the brief wait.
            await previous;
            error = await TryDecideAsync(items, LockMode.Skip, sent);
        }

        if (error is not null)
            _ = DivertAsync(items, error);
    }

    /// <returns>Why nothing has happened, or null.</returns>
    private async Task<Exception?> TryDecideAsync(
        IReadOnlyList<CommandItem<TResult>> items, LockMode mode, TaskCompletionSource? sent)
    {
        try
        {
            await TransactAsync(items, mode, sent, CancellationToken.None);
        }
        catch (Exception error) when (error is CommitUnknownException || Transient.IsDisconnected(error))
        {
            FailAll(items, error);
            return null;
        }
        catch (Exception error)
        {
            return error;
        }

        foreach (var item in items)
        {
            if (item is { IsDecided: false, HeldRow: { } needed })
            {
                sidePaths.Add(needed, item);
                continue;
            }

            // A command that its key has completed takes no side path and may come again at once.
            if (item.HeldRow is { } row)
                held.AddFor(row.Key, NotedFor);
            item.Complete();
        }

        return null;
    }

    // The trouble of one item is not the others', nor the next batch's.
    private async Task DivertAsync(IReadOnlyList<CommandItem<TResult>> items, Exception error)
    {
        if (Transient.IsLockTimeout(error))
        {
            foreach (var item in items)
                sidePaths.Add(OtherLock, item);
            return;
        }

        try
        {
            using var share = await shares.TakeForSidePathAsync();
            await HalveAsync(items);
        }
        catch (Exception busy)
        {
            FailAll(items, busy);
        }
    }

    // Run again, a batch may succeed: it reads a unique key that another transaction had just committed.
    private async Task HalveAsync(IReadOnlyList<CommandItem<TResult>> items)
    {
        foreach (var half in items.Chunk((items.Count + 1) / 2))
        {
            if (await TryDecideAsync(half, LockMode.Skip, sent: null) is not { } error)
                continue;
            if (Transient.IsLockTimeout(error))
                await DivertAsync(half, error);
            else if (half.Length == 1)
                FailAll(half, error);
            else
                await HalveAsync(half);
        }
    }

    private static void FailAll(IReadOnlyList<CommandItem<TResult>> items, Exception error)
    {
        foreach (var item in items)
            item.Fail(error);
    }
}
