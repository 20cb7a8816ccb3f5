using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Database;
using Shop.Messages;

namespace Shop.BuildingBlocks.Pipeline;

/// <summary>The outermost command gets a scope, a connection and a transaction; commands that it sends join it. Hot commands see to their own.</summary>
internal sealed class UnitOfWork<TCommand, TResult>(Db db, Transactions transactions) : IPipelineBehavior<TCommand, TResult>
    where TCommand : ICommand<TResult>
{
    public Task<TResult> Handle(TCommand request, CancellationToken cancellationToken, RequestHandlerDelegate<TResult> next) =>
        db.InTransaction || request is IHotCommand<TResult>
            ? next()
            : transactions.RunAsync(
                (scope, ct) => scope.GetRequiredService<IRequestHandler<TCommand, TResult>>().Handle(request, ct), cancellationToken);
}
