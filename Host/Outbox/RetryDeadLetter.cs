using MediatR;
using Shop.BuildingBlocks.Http;
using Shop.BuildingBlocks.Outbox;
using Shop.Messages;

namespace Shop.Host.Outbox;

internal sealed record RetryDeadLetter(string Id) : ICommand<DeadLetterView>;

internal static class RetryDeadLetterEndpoint
{
    public static void MapRetryDeadLetter(this IEndpointRouteBuilder letters) => letters
        .MapPost("/{id}/retry", (string id, IdempotentSender commands, CancellationToken ct) =>
            commands.AcceptedAsync(new RetryDeadLetter(id), _ => null, ct))
        .Needs(Permissions.OperationsWrite)
        .WithName(nameof(RetryDeadLetter))
        .WithSummary("Delivers a dead letter again, with all its attempts before it")
        .Fails(OutboxErrors.DeadLetterNotFound);
}

internal sealed class RetryDeadLetterHandler(IEnumerable<IBacklog> backlogs)
    : IRequestHandler<RetryDeadLetter, DeadLetterView>
{
    public async Task<DeadLetterView> Handle(RetryDeadLetter request, CancellationToken cancellationToken) =>
        DeadLetterId.Find(backlogs, request.Id) is var (backlog, number)
            && await backlog.RetryAsync(number, cancellationToken) is { } letter
            ? DeadLetterView.Of(backlog, letter)
            : throw new ErrorException(OutboxErrors.DeadLetterNotFound.Of(request.Id));
}
