namespace Shop.BuildingBlocks.Concurrency;

/// <summary>The result of waiting for a permit.</summary>
public enum WaitResult
{
    Granted,

    /// <summary>The queue is full, and the flow has nothing else in it: other flows take the room.</summary>
    QueueFull,

    /// <summary>The queue is full, and the flow has other requests in it: they take the flow's fair share.</summary>
    FlowFull,
}
