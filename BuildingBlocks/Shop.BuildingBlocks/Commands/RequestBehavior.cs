using FluentValidation;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Activities;
using Shop.BuildingBlocks.Commands.Batching;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Database.Replicas;

namespace Shop.BuildingBlocks.Commands;

/// <summary>
/// The mediator's way to a command or query. An outermost command goes to its executor; one that is sent from inside
/// another joins its transaction.
/// </summary>
internal sealed class RequestBehavior<TRequest, TResult>(
    IServiceProvider services, Db db, IEnumerable<IValidator<TRequest>> validators, ConnectionShares shares)
    : IPipelineBehavior<TRequest, TResult>
    where TRequest : IRequest<TResult>
{
    public async Task<TResult> Handle(
        TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResult> next)
    {
        if (request is ICommand<TResult> command && !db.InTransaction)
        {
            var origin = services.GetRequiredService<CommandScope>().Origin;
            var item = new CommandItem<TResult>(command, key: null, _ => null, origin);
            await CommandExecutor<TResult>.Of(services, command).RunAsync(item, cancellationToken);
            if (item.Position is { } reached)
                services.GetRequiredService<ScopePositions>().Reached = reached;
            return item.Value;
        }

        if (request is IBatchedCommand<TResult>)
            throw new InvalidOperationException($"{typeof(TRequest).Name} can't be sent from inside another command.");
        return await RequestTelemetry.RunAsync<TRequest, TResult>(async () =>
        {
            validators.Validate(request);
            using var route = request is IQuery<TResult> && !db.InTransaction && db.Route is null
                ? await ReadRoutes.OpenAsync(services, db, request, cancellationToken)
                : null;
            using var share = db.InTransaction || request is IBoundedQuery<TResult> || request is not IQuery<TResult>
                ? null
                : await shares.TakeAsync(typeof(TRequest).Name, cancellationToken);
            return await next();
        });
    }
}
