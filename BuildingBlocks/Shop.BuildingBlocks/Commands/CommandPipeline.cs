using System.Collections.Concurrent;
using FluentValidation;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Commands.Batching;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Idempotency;
using Shop.Messages;

namespace Shop.BuildingBlocks.Commands;

/// <summary>What happens to each outermost command: validation, a span, its transaction.</summary>
internal abstract class CommandPipeline<TResult>
{
    private static readonly ConcurrentDictionary<Type, Type> Pipelines = new();

    public static CommandPipeline<TResult> Of(IServiceProvider services, ICommand<TResult> command) =>
        (CommandPipeline<TResult>)services.GetRequiredService(Pipelines.GetOrAdd(
            command.GetType(), static type => typeof(CommandPipeline<,>).MakeGenericType(type, typeof(TResult))));

    public abstract Task<Completion<TResult>> RunAsync(
        ICommand<TResult> command, KeyedRequest? keyed, Func<TResult, StoredResponse>? render, CancellationToken ct);
}

/// <inheritdoc cref="CommandPipeline{TResult}"/>
internal sealed class CommandPipeline<TCommand, TResult>(
    IEnumerable<IValidator<TCommand>> validators, ICommandExecutor<TCommand, TResult> executor)
    : CommandPipeline<TResult>
    where TCommand : ICommand<TResult>
{
    public override Task<Completion<TResult>> RunAsync(
        ICommand<TResult> command, KeyedRequest? keyed, Func<TResult, StoredResponse>? render, CancellationToken ct) =>
        Tracing.RunAsync<TCommand, Completion<TResult>>(
            () =>
            {
                validators.Validate((TCommand)command);
                return executor.RunAsync(new CommandEnvelope<TCommand, TResult>((TCommand)command, keyed, render), ct);
            },
            completion => (completion as Completion<TResult>.Failed)?.Error.Code);
}

/// <summary>Runs a command to its completion: alone, or in a batch.</summary>
internal interface ICommandExecutor<TCommand, TResult> where TCommand : ICommand<TResult>
{
    Task<Completion<TResult>> RunAsync(CommandEnvelope<TCommand, TResult> envelope, CancellationToken ct);
}

/// <summary>A plain command is a batch of one, with a share of the pool's connections.</summary>
internal sealed class PlainCommands<TCommand, TResult>(Transactions transactions, ConnectionShare<TCommand> share)
    : ICommandExecutor<TCommand, TResult>
    where TCommand : ICommand<TResult>
{
    public async Task<Completion<TResult>> RunAsync(CommandEnvelope<TCommand, TResult> envelope, CancellationToken ct)
    {
        using var held = await share.TakeAsync(ct);
        var batch = new CommandTransaction<TCommand, TResult>(transactions, Lock);
        try
        {
            return (await batch.RunAsync([envelope], LockMode.Wait, sent: null, ct))[0].Completion!;
        }
        catch (ErrorException failed)
        {
            return new Completion<TResult>.Failed(failed.Error);
        }
    }

    private static Task<LockedBatch<TCommand, TResult>> Lock(
        IServiceProvider scope, IReadOnlyList<TCommand> commands, CancellationToken ct) =>
        Task.FromResult(new LockedBatch<TCommand, TResult>(
            _ => null,
            async open => [await scope.GetRequiredService<IRequestHandler<TCommand, TResult>>().Handle(open[0], ct)]));
}

/// <summary>The mediator's way to a command: one sent from inside another joins its transaction.</summary>
internal sealed class SendCommand<TCommand, TResult>(
    Db db, IEnumerable<IValidator<TCommand>> validators, CommandPipeline<TCommand, TResult> pipeline)
    : IPipelineBehavior<TCommand, TResult>
    where TCommand : ICommand<TResult>
{
    public async Task<TResult> Handle(
        TCommand request, CancellationToken cancellationToken, RequestHandlerDelegate<TResult> next)
    {
        if (!db.InTransaction)
            return (await pipeline.RunAsync(request, keyed: null, render: null, cancellationToken)).Value;
        if (request is IBatchedCommand<TResult>)
            throw new InvalidOperationException($"{typeof(TCommand).Name} can't be sent from inside another command.");
        return await Tracing.RunAsync<TCommand, TResult>(() =>
        {
            validators.Validate(request);
            return next();
        });
    }
}

/// <summary>The mediator's way to a query, and to a request that is neither.</summary>
internal sealed class SendRequest<TRequest, TResult>(
    Db db, IEnumerable<IValidator<TRequest>> validators, ConnectionShare<TRequest> share)
    : IPipelineBehavior<TRequest, TResult>
    where TRequest : IRequest<TResult>
{
    public Task<TResult> Handle(
        TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResult> next) =>
        request is ICommand<TResult> ? next() : Tracing.RunAsync<TRequest, TResult>(async () =>
        {
            validators.Validate(request);
            using var held = db.InTransaction || !SharesPool(request) ? null : await share.TakeAsync(cancellationToken);
            return await next();
        });

    private static bool SharesPool(TRequest request) =>
        request is IQuery<TResult> and not (IBatchedQuery<TResult> or ILimitedQuery<TResult>);
}

internal static class Validation
{
    /// <exception cref="ValidationException">Members of the request are not valid.</exception>
    public static void Validate<T>(this IEnumerable<IValidator<T>> validators, T request)
    {
        var failures = validators.SelectMany(validator => validator.Validate(request).Errors).ToList();
        if (failures.Count > 0)
            throw new ValidationException(failures);
    }
}
