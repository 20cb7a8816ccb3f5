using System.ComponentModel;
using MediatR;
using Shop.BuildingBlocks.Http;
using Shop.BuildingBlocks.Outbox;
using Shop.Messages;

namespace Shop.Host.Outbox;

/// <param name="Handler">The handler's name, or null for all.</param>
internal sealed record RetryDeadLetters(string? Handler) : ICommand<DeadLettersRetried>;

internal sealed record DeadLettersRetried(int Retried);

internal static class RetryDeadLettersEndpoint
{
    public static void MapRetryDeadLetters(this IEndpointRouteBuilder letters) => letters
        .MapPost("/retry", ([Description("Whose letters: a handler's name; all of them without it.")]
        string? handler, IdempotentSender commands, CancellationToken ct) =>
            commands.AcceptedAsync(new RetryDeadLetters(handler), _ => null, ct))
        .Needs(Permissions.OperationsWrite)
        .WithName(nameof(RetryDeadLetters))
        .WithSummary("Delivers dead letters again: those of one handler, or all");
}

internal sealed class RetryDeadLettersHandler(IEnumerable<IBacklog> backlogs)
    : IRequestHandler<RetryDeadLetters, DeadLettersRetried>
{
    public async Task<DeadLettersRetried> Handle(RetryDeadLetters request, CancellationToken cancellationToken)
    {
        var retried = 0;
        foreach (var backlog in backlogs)
            retried += await backlog.RetryAllAsync(request.Handler, cancellationToken);
        return new DeadLettersRetried(retried);
    }
}
