using System.Collections.Concurrent;
using FluentValidation;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
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

    /// <inheritdoc cref="CommandEnvelope{TCommand, TResult}"/>
    public abstract Task<Completion<TResult>> RunAsync(
        ICommand<TResult> command,
        IdempotencyKey? key,
        Func<Result<TResult>, StoredResponse?>? render,
        ICommandOrigin? origin,
        CancellationToken ct);
}

/// <summary>
/// Validates a command, opens its span, and runs it in the one transaction of every command, which claims the
/// idempotency keys, locks, decides, writes, stores the responses and the activity, and commits. A plain command is a batch of one.
/// </summary>
internal class CommandExecutor<TCommand, TResult>(
    IEnumerable<IValidator<TCommand>> validators, Transactions transactions, ConnectionShares shares)
    : CommandExecutor<TResult>
    where TCommand : ICommand<TResult>
{
    public override Task<Completion<TResult>> RunAsync(
        ICommand<TResult> command,
        IdempotencyKey? key,
        Func<Result<TResult>, StoredResponse?>? render,
        ICommandOrigin? origin,
        CancellationToken ct) =>
        RequestTelemetry.RunAsync<TCommand, Completion<TResult>>(
            () =>
            {
                validators.Validate((TCommand)command);
                return RunAsync(new CommandEnvelope<TCommand, TResult>((TCommand)command, key, render, origin), ct);
            },
            completion => (completion as Completion<TResult>.Failed)?.Error.Code);

    protected virtual async Task<Completion<TResult>> RunAsync(
        CommandEnvelope<TCommand, TResult> envelope, CancellationToken ct)
    {
        using var share = await shares.TakeAsync(typeof(TCommand).Name, ct);
        try
        {
            return (await TransactAsync([envelope], LockMode.Wait, sent: null, ct))[0].Completion!;
        }
        catch (ErrorException error)
        {
            return new Completion<TResult>.Failed(error.Error);
        }
    }

    /// <summary>Queues the locks of the commands. The handler of a plain command takes its own.</summary>
    /// <returns>
    /// For use behind the locks. <c>HeldRow</c>: a row that a command needs and another session holds, or null.
    /// <c>DecideAsync</c>: decides some of the commands and queues their writes, one result for each, in order.
    /// </returns>
    protected virtual Task<(Func<TCommand, HeldRow?> HeldRow, DecideCommands<TCommand, TResult> DecideAsync)> LockAsync(
        IServiceProvider scope, IReadOnlyList<TCommand> commands, CancellationToken ct)
    {
        var handler = scope.GetRequiredService<IRequestHandler<TCommand, TResult>>();
        return Task.FromResult<(Func<TCommand, HeldRow?>, DecideCommands<TCommand, TResult>)>(
            (_ => null, async open => [await handler.Handle(open[0], ct)]));
    }

    /// <param name="sent">Is completed once all locks are held and the COMMIT is on its way.</param>
    /// <returns>For each envelope its completion, or the row for which it has not been decided.</returns>
    protected Task<(Completion<TResult>? Completion, HeldRow? HeldRow)[]> TransactAsync(
        IReadOnlyList<CommandEnvelope<TCommand, TResult>> envelopes,
        LockMode mode,
        TaskCompletionSource? sent,
        CancellationToken ct) =>
        transactions.RunAsync((scope, token) => DecideAsync(scope, envelopes, token), mode, sent, ct);

    private async Task<(Completion<TResult>? Completion, HeldRow? HeldRow)[]> DecideAsync(
        IServiceProvider scope, IReadOnlyList<CommandEnvelope<TCommand, TResult>> envelopes, CancellationToken ct)
    {
        var keys = scope.GetRequiredService<IdempotencyStore>();
        var claim = keys.QueueClaim([.. envelopes.Select(envelope => envelope.Key)]);
        var locked = await LockAsync(scope, [.. envelopes.Select(envelope => envelope.Command)], ct);
        await scope.GetRequiredService<Db>().FlushAsync(ct);

        var decided = new (Completion<TResult>? Completion, HeldRow? HeldRow)[envelopes.Count];
        var open = new List<int>(envelopes.Count);
        for (var i = 0; i < decided.Length; i++)
        {
            if (claim.ResponseOf(i) is { } response)
                decided[i].Completion = new Completion<TResult>.Replayed(response);
            else if (claim.ErrorOf(i) is { } error)
                decided[i].Completion = new Completion<TResult>.Failed(error);
            decided[i].HeldRow = locked.HeldRow(envelopes[i].Command);
            if (decided[i] is (null, null))
                open.Add(i);
        }

        if (open.Count > 0)
        {
            var results = await locked.DecideAsync(open.ConvertAll(i => envelopes[i].Command));
            var activity = new List<ActivityRecord>();
            for (var i = 0; i < open.Count; i++)
            {
                var (envelope, completion) = (envelopes[open[i]], envelopes[open[i]].Complete(results[i]));
                decided[open[i]].Completion = completion;
                if (completion.Response is { } response)
                    keys.Store(envelope.Key!, response);
                if (envelope.Describe(results[i]) is { } record)
                    activity.Add(record);
            }

            if (activity.Count > 0)
                scope.GetRequiredService<IActivityLog>().Queue(activity);
        }

        keys.QueueStored();
        return decided;
    }
}

/// <returns>One result for each command, in the same order.</returns>
internal delegate Task<IReadOnlyList<Result<TResult>>> DecideCommands<TCommand, TResult>(
    IReadOnlyList<TCommand> commands);
