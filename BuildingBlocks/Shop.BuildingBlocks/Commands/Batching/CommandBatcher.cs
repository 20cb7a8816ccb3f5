using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Shop.BuildingBlocks.Database;
using Shop.Messages;

namespace Shop.BuildingBlocks.Commands.Batching;

/// <summary>
/// Decides the commands of one kind in batches. What waits, waits alone: a command that needs a row which another
/// session holds takes that row's side path, and a batch that fails is taken apart beside the next one.
/// </summary>
internal sealed class CommandBatcher<TCommand, TResult, TLocked> : ICommandExecutor<TCommand, TResult>, IDisposable
    where TCommand : IBatchedCommand<TResult>
{
    // A unique key that another transaction has just committed: run again, the batch reads it.
    private const int MaximumRuns = 3;

    // Not a row's: a table's lock, under a migration, or a key that another transaction is about to insert.
    private static readonly RowKey OtherLock = new(typeof(TCommand).Name, "other lock");

    private readonly CommandTransaction<TCommand, TResult> transaction;
    private readonly BatchLimiter limiter;
    private readonly SidePaths<Item> sidePaths;
    private readonly SemaphoreSlim isolating = new(1);
    private readonly BatchLoop<Item>[] loops;
    private uint next;

    public CommandBatcher(
        Transactions transactions,
        BatchPace pace,
        HeldRows held,
        SidePathConnections connections,
        IOptions<BatchingOptions> options,
        ILogger<CommandBatcher<TCommand, TResult, TLocked>> log)
    {
        transaction = new CommandTransaction<TCommand, TResult>(transactions, LockAsync);
        limiter = new BatchLimiter(options.Value.MaximumWaiting);
        sidePaths = new SidePaths<Item>(
            options.Value, held, connections, RunInSidePathAsync, (item, error) => item.Fail(error), log);
        loops =
        [
            .. Enumerable.Range(0, options.Value.Parallelism).Select(_ =>
                new BatchLoop<Item>(options.Value, pace, RunAsync, log).Start()),
        ];
    }

    /// <param name="ct">Ends the wait. A batch that has taken the command decides it all the same.</param>
    /// <exception cref="ErrorException">503 <c>unavailable</c>: too many wait already.</exception>
    /// <exception cref="CommitUnknownException">The wait was ended after a batch had taken the command.</exception>
    public async Task<Completion<TResult>> RunAsync(CommandEnvelope<TCommand, TResult> envelope, CancellationToken ct)
    {
        limiter.Enter();
        var item = new Item(envelope, envelope.Command.Lines, limiter, LeftBehind);
        loops[Interlocked.Increment(ref next) % (uint)loops.Length].Add(item);
        return await item.WaitAsync(ct);

        CommitUnknownException LeftBehind(Task ended)
        {
            envelope.Keyed?.LeaveBehind(ended);
            return new CommitUnknownException(CommitDoubt.CallerLeft);
        }
    }

    public void Dispose() => isolating.Dispose();

    private static async Task<LockedBatch<TCommand, TResult>> LockAsync(
        IServiceProvider scope, IReadOnlyList<TCommand> commands, CancellationToken ct)
    {
        var handler = scope.GetRequiredService<ICommandBatchHandler<TCommand, TResult, TLocked>>();
        var db = scope.GetRequiredService<Db>();
        var locked = await handler.LockAsync(commands, ct);
        return new LockedBatch<TCommand, TResult>(HeldRow, Decide);

        RowKey? HeldRow(TCommand command) =>
            db.HasHeldRows ? handler.RowsOf(command, locked).Where(db.IsHeld).Cast<RowKey?>().FirstOrDefault() : null;

        Task<IReadOnlyList<Result<TResult>>> Decide(IReadOnlyList<TCommand> open)
        {
            var results = handler.Decide(locked, open);
            handler.Write(locked, results);
            return Task.FromResult(results);
        }
    }

    private async Task RunAsync(IReadOnlyList<Item> items, CommitSent sent, Task previous)
    {
        try
        {
            await DecideBrieflyAsync(items, sent, previous);
        }
        catch (RowHeldException)
        {
            foreach (var item in items)
                sidePaths.Add(OtherLock, item);
        }
        catch (Exception error) when (IsOfAll(error))
        {
            foreach (var item in items)
                item.Fail(error);
        }
        catch (Exception)
        {
            // Nothing has happened. The trouble of one item is not the others', nor the next batch's.
            _ = TakeApartAsync(items);
        }
    }

    private async Task DecideBrieflyAsync(IReadOnlyList<Item> items, CommitSent sent, Task previous)
    {
        try
        {
            await DecideAsync(items, LockMode.Brief, sent);
        }
        catch (RowHeldException) when (!previous.IsCompleted)
        {
            // Perhaps the batch before holds the row: its COMMIT takes longer than the brief wait.
            await previous;
            await DecideAsync(items, LockMode.Skip, sent);
        }
        catch (RowHeldException)
        {
            await DecideAsync(items, LockMode.Skip, sent);
        }
    }

    private async Task TakeApartAsync(IReadOnlyList<Item> items)
    {
        await isolating.WaitAsync();
        try
        {
            await HalveAsync(items);
        }
        finally
        {
            isolating.Release();
        }
    }

    private async Task HalveAsync(IReadOnlyList<Item> items)
    {
        if (items.Count == 1)
        {
            await RunInSidePathAsync(items);
            return;
        }

        foreach (var half in (IReadOnlyList<Item>[])[[.. items.Take(items.Count / 2)], [.. items.Skip(items.Count / 2)]])
        {
            try
            {
                await DecideAsync(half, LockMode.Skip, sent: null);
            }
            catch (RowHeldException)
            {
                foreach (var item in half)
                    sidePaths.Add(OtherLock, item);
            }
            catch (Exception error) when (IsOfAll(error))
            {
                foreach (var item in half)
                    item.Fail(error);
            }
            catch (Exception)
            {
                await HalveAsync(half);
            }
        }
    }

    /// <returns>Whether the rows were locked.</returns>
    private async Task<bool> RunInSidePathAsync(IReadOnlyList<Item> items)
    {
        try
        {
            await DecideAsync(items, LockMode.Wait, sent: null);
            return true;
        }
        catch (Exception error) when (items.Count == 1 || IsOfAll(error) || Transient.IsLockTimeout(error))
        {
            foreach (var item in items)
                item.Fail(Transient.IsLockTimeout(error) ? SidePaths<Item>.Busy() : error);
            return !Transient.IsLockTimeout(error);
        }
        catch (Exception)
        {
            await TakeApartAsync(items);
            return true;
        }
    }

    private async Task DecideAsync(IReadOnlyList<Item> items, LockMode mode, CommitSent? sent)
    {
        IReadOnlyList<Decided<TResult>> decided;
        using (BatchSpan.Start(typeof(TCommand).Name, items))
            decided = await DecideInTransactionAsync([.. items.Select(item => item.Request)], mode, sent);
        for (var i = 0; i < items.Count; i++)
        {
            if (decided[i].HeldRow is { } row)
                sidePaths.Add(row, items[i]);
            else
                items[i].Complete(decided[i].Completion!);
        }
    }

    private async Task<IReadOnlyList<Decided<TResult>>> DecideInTransactionAsync(
        IReadOnlyList<CommandEnvelope<TCommand, TResult>> envelopes, LockMode mode, CommitSent? sent)
    {
        for (var run = 1; ; run++)
        {
            try
            {
                return await transaction.RunAsync(envelopes, mode, sent, CancellationToken.None);
            }
            catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.UniqueViolation && run < MaximumRuns)
            {
                // Again, with what the other transaction has committed.
            }
        }
    }

    private static bool IsOfAll(Exception error) => error is CommitUnknownException || Transient.IsDisconnected(error);

    private sealed class Item(
        CommandEnvelope<TCommand, TResult> envelope,
        int lines,
        BatchLimiter limiter,
        Func<Task, CommitUnknownException> leftBehind)
        : BatchItem<CommandEnvelope<TCommand, TResult>, Completion<TResult>>(envelope, lines, limiter, leftBehind);
}
