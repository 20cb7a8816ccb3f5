using System.ComponentModel.DataAnnotations;
using FluentValidation;
using MediatR;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Http;
using Shop.BuildingBlocks.Outbox;
using Shop.Messages;

namespace Shop.Host.Outbox;

internal sealed record DiscardDeadLetter(string Id, string Reason, Caller Caller) : ICommand<DeadLetterView>;

internal sealed record DiscardRequest([property: MaxLength(TextLength.Reason)] string Reason);

internal static class DiscardDeadLetterEndpoint
{
    public static void MapDiscardDeadLetter(this IEndpointRouteBuilder letters) => letters
        .MapPost("/{id}/discard", (
            string id, DiscardRequest body, Caller caller, IdempotentSender commands, CancellationToken ct) =>
            commands.OkAsync(new DiscardDeadLetter(id, body.Reason, caller), ct))
        .Needs(Permissions.OperationsWrite)
        .WithName(nameof(DiscardDeadLetter))
        .WithSummary("Gives a dead letter up; what waits behind it goes on")
        .Fails(OutboxErrors.DeadLetterNotFound)
        .WithExample(new DiscardRequest("The product was withdrawn; settled by hand."))
        .WithDescription("The reason has 1 to 500 characters.");
}

internal sealed class DiscardDeadLetterValidator : AbstractValidator<DiscardDeadLetter>
{
    public DiscardDeadLetterValidator() =>
        RuleFor(command => command.Reason).NotEmpty().MaximumCharacters(TextLength.Reason);
}

internal sealed class DiscardDeadLetterHandler(IEnumerable<IBacklog> backlogs, ILogger<DiscardDeadLetterHandler> log)
    : IRequestHandler<DiscardDeadLetter, DeadLetterView>
{
    public async Task<DeadLetterView> Handle(DiscardDeadLetter request, CancellationToken cancellationToken)
    {
        if (DeadLetterId.Find(backlogs, request.Id) is not var (backlog, number)
            || await backlog.DiscardAsync(number, request.Reason, cancellationToken) is not { } letter)
            throw new ErrorException(OutboxErrors.DeadLetterNotFound.Of(request.Id));
        log.LogWarning("{CallerType} {CallerId} gave up {Id}, {Type} {EventId} for {Handler}: {Reason}",
            EnumNames.Of(request.Caller.Type), request.Caller.Id, request.Id, letter.Type, letter.EventId,
            letter.Handler, request.Reason);
        return DeadLetterView.Of(backlog, letter);
    }
}
