using System.Runtime.InteropServices;

namespace Shop.BuildingBlocks.Concurrency;

/// <summary>The most permits that one flow holds at once, over all kinds.</summary>
/// <param name="Applies">Whether a flow has this limit.</param>
public sealed record FlowLimit<TFlow>(int Permits, Predicate<TFlow> Applies);

/// <summary>Counts the permits of each flow that has a limit. Not thread-safe.</summary>
internal sealed class FlowPermits<TFlow>(FlowLimit<TFlow>? limit)
    where TFlow : notnull
{
    private readonly Dictionary<TFlow, int> held = [];

    public bool HasRoom(TFlow flow) =>
        limit is null || !limit.Applies(flow) || held.GetValueOrDefault(flow) < limit.Permits;

    public void Take(TFlow flow)
    {
        if (limit?.Applies(flow) == true)
            CollectionsMarshal.GetValueRefOrAddDefault(held, flow, out _)++;
    }

    public void Return(TFlow flow)
    {
        if (limit?.Applies(flow) == true && --CollectionsMarshal.GetValueRefOrNullRef(held, flow) == 0)
            held.Remove(flow);
    }
}
