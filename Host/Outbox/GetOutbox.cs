using MediatR;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Outbox;
using Shop.Messages;

namespace Shop.Host.Outbox;

internal sealed record GetOutbox : IQuery<OutboxView>;

/// <param name="Deliveries">Those to the data platform and to webhooks.</param>
internal sealed record OutboxView(IReadOnlyList<ModuleBacklogView> Modules, BacklogView Deliveries);

/// <param name="Pending">Not tried yet.</param>
/// <param name="OldestAgeSeconds">Of the oldest that is pending or retrying; null where there is none.</param>
/// <param name="Retrying">Failed and due again, or waiting behind one that failed.</param>
internal sealed record ModuleBacklogView(string Module, long Pending, long? OldestAgeSeconds, long Retrying, long Dead);

internal sealed record BacklogView(long Pending, long? OldestAgeSeconds, long Retrying, long Dead)
{
    public BacklogView With(BacklogState state)
    {
        var age = (long?)state.OldestAge?.TotalSeconds;
        return new BacklogView(
            Pending + state.Pending,
            age > OldestAgeSeconds || OldestAgeSeconds is null ? age : OldestAgeSeconds,
            Retrying + state.Retrying,
            Dead + state.Dead);
    }
}

internal static class GetOutboxEndpoint
{
    public static void MapGetOutbox(this IEndpointRouteBuilder outbox) => outbox
        .MapGet("", async (IMediator mediator, CancellationToken ct) => TypedResults.Ok(
            await mediator.Send(new GetOutbox(), ct)))
        .WithName(nameof(GetOutbox))
        .WithSummary("What is still to be delivered: events of each module, and deliveries to the outside");
}

internal sealed class GetOutboxHandler(IEnumerable<IBacklog> backlogs) : IRequestHandler<GetOutbox, OutboxView>
{
    public async Task<OutboxView> Handle(GetOutbox request, CancellationToken cancellationToken)
    {
        var modules = new List<ModuleBacklogView>();
        var deliveries = new BacklogView(0, null, 0, 0);
        foreach (var backlog in backlogs)
        {
            var state = await backlog.ReadStateAsync(cancellationToken);
            var age = (long?)state.OldestAge?.TotalSeconds;
            if (backlog.Kind == BacklogKind.Events)
                modules.Add(new ModuleBacklogView(backlog.Module, state.Pending, age, state.Retrying, state.Dead));
            else
                deliveries = deliveries.With(state);
        }

        return new OutboxView(modules, deliveries);
    }
}
