using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Outbox;
using Shop.Messages;

namespace Shop.Bench.Probe;

/// <summary>A module of one event and one handler that does nothing: it measures the outbox itself.</summary>
internal sealed class ProbeModule : IModule
{
    public string Schema => "probe";

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
    }

    public void MapEndpoints(IEndpointRouteBuilder api)
    {
    }
}

[EventName("probe.happened")]
internal sealed record Happened(int Number) : IDomainEvent
{
    public string OrderingKey => "probe";
}

[EventHandler("probe.do-nothing", LockOrder.Queue)]
internal sealed class DoNothing : IEventBatchHandler<Happened>
{
    public Task Handle(IReadOnlyList<EventEnvelope<Happened>> events, CancellationToken ct) => Task.CompletedTask;
}
