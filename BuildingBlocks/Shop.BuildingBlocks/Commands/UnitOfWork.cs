using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Admission;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Idempotency;
using Shop.Messages;

namespace Shop.BuildingBlocks.Commands;

/// <summary>
/// The outermost command gets a scope, a connection and a transaction, with its request's idempotency key in it; commands that it sends join it. Hot
/// commands see to their own.
/// </summary>
internal sealed class UnitOfWork<TCommand, TResult>(Db db, Transactions transactions, IdempotentRequest idempotent) : IPipelineBehavior<TCommand, TResult>
    where TCommand : ICommand<TResult>
{
    public Task<TResult> Handle(TCommand request, CancellationToken cancellationToken, RequestHandlerDelegate<TResult> next) =>
        db.InTransaction || request is IHotCommand<TResult>
            ? next()
            : transactions.RunAsync((scope, ct) => RunAsync(scope, request, ct), cancellationToken);

    /// <returns>The default where the request was answered before; nobody looks at it then.</returns>
    private async Task<TResult> RunAsync(IServiceProvider scope, TCommand command, CancellationToken ct)
    {
        var keys = scope.GetRequiredService<IdempotencyKeys>();
        var refusals = keys.Claim([idempotent]);
        await scope.GetRequiredService<Db>().FlushAsync(ct);
        if (refusals[0] is { } refusal)
            throw refusal;
        if (idempotent.Answer is not null)
            return default!;

        var result = await scope.GetRequiredService<IRequestHandler<TCommand, TResult>>().Handle(command, ct);
        keys.Keep(idempotent, result);
        return result;
    }
}
