using Shop.BuildingBlocks.Database;

namespace Shop.BuildingBlocks.Outbox;

/// <summary>An event as it comes out of the outbox.</summary>
/// <param name="EventId">The same on every delivery.</param>
/// <param name="OccurredAt">When the transaction that published it took place.</param>
public sealed record EventEnvelope<TEvent>(Guid EventId, DateTimeOffset OccurredAt, TEvent Event);

/// <summary>
/// A set-based event handler: it is given the events of a batch that are a <typeparamref name="TEvent"/>, in the order
/// of publishing. It writes to its own module's tables and nowhere else, so that its effect and the acknowledgement are
/// one commit. When it fails, it is called again with parts of the batch; it keeps nothing between two calls.
/// </summary>
public interface IEventBatchHandler<TEvent> where TEvent : IDomainEvent
{
    Task Handle(IReadOnlyList<EventEnvelope<TEvent>> events, CancellationToken ct);
}

/// <summary>
/// An event handler that names the rows that it locks, all of them with <see cref="Db.QueueLock{TKey}"/>. Where another
/// session holds some, the events that want one of those are set aside at once, not found by bisection. To learn which,
/// the dispatcher calls the handler with the held rows left out, and undoes that call whether it failed or not.
/// </summary>
public interface INameLockedRows<in TEvent> where TEvent : IDomainEvent
{
    IEnumerable<RowKey> RowsOf(TEvent happened);
}

/// <summary>
/// The stable name of an event handler, <c>module.what-it-does</c>, under which it is registered and its failures are
/// kept, and the first of its locks in the global order.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class EventHandlerAttribute(string name, LockOrder locks) : Attribute
{
    public string Name { get; } = name;

    public LockOrder Locks { get; } = locks;
}
