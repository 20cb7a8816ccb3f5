using System.Collections.Concurrent;
using FluentValidation;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Idempotency;

namespace Shop.BuildingBlocks.Commands.Batching;

/// <summary>
/// Decides the commands of one kind in batches. What waits, waits alone: a command that needs a row which another
/// session holds takes that row's side path, and a batch that fails is taken apart beside the next one.
/// </summary>
internal sealed class CommandBatcher<TCommand, TResult, TLocked> : CommandExecutor<TCommand, TResult>
    where TCommand : IBatchedCommand<TResult>
{
    // Not a row's: a table's lock, under a migration, or a key that another transaction is about to insert. No probe
    // tells whether it is free.
    private static readonly HeldRow OtherLock = HeldRow.Unknown(typeof(TCommand).Name);

    private static readonly TimeSpan NotedFor = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<(long Caller, string Key), CommandEnvelope<TCommand, TResult>> underWay = new();
    private readonly IServiceScopeFactory scopes;
    private readonly ConnectionShares shares;
    private readonly HeldRows held;
    private readonly SidePaths<CommandEnvelope<TCommand, TResult>, Completion<TResult>> sidePaths;
    private readonly BatchQueue<CommandEnvelope<TCommand, TResult>, Completion<TResult>> queue;

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
        this.scopes = scopes;
        this.shares = shares;
        this.held = held;
        queue = new(options.Value, pace, hasEffect: true, RunAsync, log);
        sidePaths = new(queue, options.Value, held, shares, scopes, log);
        queue.Start();
    }

    protected override async Task<Completion<TResult>> RunAsync(
        CommandEnvelope<TCommand, TResult> envelope, CancellationToken ct)
    {
        if (envelope.Key is not { } key)
            return await queue.RunAsync(envelope, envelope.Command.Lines, ct);
        var first = underWay.GetOrAdd((key.Caller, key.Key), envelope);
        if (!ReferenceEquals(first, envelope))
            return await AnswerRepeatAsync(first.Key!, key, ct);
        try
        {
            return await queue.RunAsync(envelope, envelope.Command.Lines, ct);
        }
        finally
        {
            underWay.TryRemove(KeyValuePair.Create((key.Caller, key.Key), envelope));
        }
    }

    protected override async Task<(Func<TCommand, HeldRow?> HeldRow, DecideCommands<TCommand, TResult> DecideAsync)> LockAsync(
        IServiceProvider scope, IReadOnlyList<TCommand> commands, CancellationToken ct)
    {
        var handler = scope.GetRequiredService<ICommandBatchHandler<TCommand, TResult, TLocked>>();
        var db = scope.GetRequiredService<Db>();
        var locked = await handler.LockAsync(commands, ct);
        return (HeldRow, Decide);

        HeldRow? HeldRow(TCommand command) =>
            db.HasHeldRows ? db.FindHeld(handler.RowsOf(command, locked)) : null;

        Task<IReadOnlyList<Result<TResult>>> Decide(IReadOnlyList<TCommand> open)
        {
            var results = handler.Decide(locked, open);
            handler.Write(locked, results);
            return Task.FromResult(results);
        }
    }

    private async Task RunAsync(
        IReadOnlyList<BatchItem<CommandEnvelope<TCommand, TResult>, Completion<TResult>>> items,
        TaskCompletionSource sent,
        Task previous)
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
        IReadOnlyList<BatchItem<CommandEnvelope<TCommand, TResult>, Completion<TResult>>> items,
        LockMode mode,
        TaskCompletionSource? sent)
    {
        try
        {
            (Completion<TResult>? Completion, HeldRow? HeldRow)[] decided;
            using (BatchQueue<CommandEnvelope<TCommand, TResult>, Completion<TResult>>.StartSpan(typeof(TCommand).Name, items))
                decided = await TransactAsync([.. items.Select(item => item.Request)], mode, sent, CancellationToken.None);
            for (var i = 0; i < decided.Length; i++)
            {
                var (completion, row) = decided[i];
                if (completion is null)
                {
                    sidePaths.Add(row!, items[i]);
                    continue;
                }

                // A command that its key has completed takes no side path and may come again at once.
                if (row is not null)
                    held.AddFor(row.Key, NotedFor);
                items[i].Complete(completion);
            }

            return null;
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
    }

    // A repeat stays out of the queue: between two transactions of the first request its key's lock is free. The first
    // may be a repeat itself, of a request that has been answered.
    private async Task<Completion<TResult>> AnswerRepeatAsync(
        IdempotencyKey first, IdempotencyKey key, CancellationToken ct)
    {
        if (!first.Fingerprint.AsSpan().SequenceEqual(key.Fingerprint))
            return new Completion<TResult>.Failed(IdempotencyErrors.KeyReused.Of());
        using var share = await shares.TakeAsync(typeof(TCommand).Name, ct);
        await using var scope = scopes.CreateAsyncScope();
        try
        {
            return await scope.ServiceProvider.GetRequiredService<IdempotencyStore>().FindAsync(key, ct) is { } response
                ? new Completion<TResult>.Replayed(response)
                : new Completion<TResult>.Failed(IdempotencyErrors.InProgress.Of());
        }
        catch (ErrorException reused)
        {
            return new Completion<TResult>.Failed(reused.Error);
        }
    }

    // The trouble of one item is not the others', nor the next batch's.
    private async Task DivertAsync(
        IReadOnlyList<BatchItem<CommandEnvelope<TCommand, TResult>, Completion<TResult>>> items, Exception error)
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
    private async Task HalveAsync(
        IReadOnlyList<BatchItem<CommandEnvelope<TCommand, TResult>, Completion<TResult>>> items)
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

    private static void FailAll(
        IReadOnlyList<BatchItem<CommandEnvelope<TCommand, TResult>, Completion<TResult>>> items, Exception error)
    {
        foreach (var item in items)
            item.Fail(error);
    }
}
