namespace Shop.BuildingBlocks.Outbox;

/// <summary>The event handlers of this build, in the global lock order.</summary>
/// <param name="handlers">Each class carries an <see cref="EventHandlerAttribute"/>.</param>
public sealed class OutboxRouting(IEnumerable<Type> handlers)
{
    internal IReadOnlyList<Subscription> Subscriptions { get; } = Subscription.Of(handlers);
}
