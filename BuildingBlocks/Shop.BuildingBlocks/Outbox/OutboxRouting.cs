using System.Collections.Concurrent;

namespace Shop.BuildingBlocks.Outbox;

/// <summary>Who listens to what, in the global lock order.</summary>
public sealed class OutboxRouting
{
    private readonly IReadOnlyList<Subscription> subscriptions;
    private readonly ConcurrentDictionary<Type, bool> heard = new();

    /// <param name="handlers">The event handler classes: each carries an <see cref="EventHandlerAttribute"/>.</param>
    public OutboxRouting(IEnumerable<Type> handlers) => subscriptions = Subscription.Of(handlers);

    internal IReadOnlyList<Subscription> Subscriptions => subscriptions;

    internal bool IsHeard(Type type) => heard.GetOrAdd(type, static (type, all) => all.Any(subscription => subscription.Takes(type)), subscriptions);

    internal Subscription? Find(string handler) => subscriptions.FirstOrDefault(subscription => subscription.Name == handler);
}
