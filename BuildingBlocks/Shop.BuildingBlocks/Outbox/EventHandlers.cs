using System.Reflection;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Database;
using Shop.Messages;

namespace Shop.BuildingBlocks.Outbox;

/// <summary>An event as it comes out of the outbox.</summary>
/// <param name="EventId">The same on every delivery.</param>
/// <param name="OccurredAt">When the transaction that published it took place.</param>
public sealed record Published<TEvent>(Guid EventId, DateTimeOffset OccurredAt, TEvent Event);

/// <summary>
/// A set-based event handler: it is given all events of a batch that are a <typeparamref name="TEvent"/>, in the order of publishing. It writes
/// to its own module's tables and nowhere else, so that its effect and the acknowledgement are one commit. Locks are taken in key order.
/// </summary>
public interface IBatchHandler<TEvent> where TEvent : IDomainEvent
{
    Task Handle(IReadOnlyList<Published<TEvent>> events, CancellationToken ct);
}

/// <summary>
/// The stable name of an event handler, <c>module.what-it-does</c>, under which failures are kept, and its place in the global lock order.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class EventHandlerAttribute(string name, LockOrder locks) : Attribute
{
    public string Name { get; } = name;

    public LockOrder Locks { get; } = locks;
}

/// <summary>A handler as the dispatcher sees it: a name, the events it takes, and one way to call it.</summary>
internal sealed class Subscription
{
    private readonly Type eventType;
    private readonly Func<IServiceProvider, IReadOnlyList<Message>, CancellationToken, Task> deliver;

    private Subscription(Type handler, Type eventType, bool batched)
    {
        var attribute = handler.GetCustomAttribute<EventHandlerAttribute>()
            ?? throw new InvalidOperationException($"The event handler {handler} has no [EventHandler].");
        Name = attribute.Name;
        Locks = attribute.Locks;
        this.eventType = eventType;
        deliver = typeof(Subscription)
            .GetMethod(batched ? nameof(DeliverBatch) : nameof(DeliverOneByOne), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(handler, eventType)
            .CreateDelegate<Func<IServiceProvider, IReadOnlyList<Message>, CancellationToken, Task>>();
    }

    public string Name { get; }

    public LockOrder Locks { get; }

    public bool Takes(Type type) => type.IsAssignableTo(eventType);

    public Task DeliverAsync(IServiceProvider scope, IReadOnlyList<Message> messages, CancellationToken ct) => deliver(scope, messages, ct);

    /// <exception cref="InvalidOperationException">A handler has no name, or two have the same.</exception>
    public static IReadOnlyList<Subscription> Of(IEnumerable<Type> handlers)
    {
        var subscriptions = handlers.SelectMany(handler => handler.GetInterfaces()
                .Where(type => type.IsGenericType)
                .Select(type => (Definition: type.GetGenericTypeDefinition(), Event: type.GenericTypeArguments[0]))
                .Where(type => type.Definition == typeof(IBatchHandler<>) || type.Definition == typeof(INotificationHandler<>))
                .Select(type => new Subscription(handler, type.Event, type.Definition == typeof(IBatchHandler<>))))
            .OrderBy(subscription => subscription.Locks)
            .ThenBy(subscription => subscription.Name)
            .ToList();
        var twice = subscriptions.GroupBy(subscription => subscription.Name).FirstOrDefault(group => group.Count() > 1);
        return twice is null ? subscriptions : throw new InvalidOperationException($"Two subscriptions are named {twice.Key}.");
    }

    public static IEnumerable<Type> HandlersIn(IEnumerable<Assembly> assemblies) => assemblies
        .SelectMany(assembly => assembly.GetTypes())
        .Where(type => type is { IsAbstract: false, IsInterface: false } && type.GetInterfaces().Any(IsHandler));

    private static bool IsHandler(Type type) => type.IsGenericType
        && (type.GetGenericTypeDefinition() == typeof(IBatchHandler<>) || type.GetGenericTypeDefinition() == typeof(INotificationHandler<>));

    private static Task DeliverBatch<THandler, TEvent>(IServiceProvider scope, IReadOnlyList<Message> messages, CancellationToken ct)
        where THandler : IBatchHandler<TEvent>
        where TEvent : IDomainEvent =>
        Create<THandler>(scope).Handle([.. messages.Select(message => new Published<TEvent>(message.EventId, message.OccurredAt, (TEvent)message.Event))], ct);

    private static async Task DeliverOneByOne<THandler, TEvent>(IServiceProvider scope, IReadOnlyList<Message> messages, CancellationToken ct)
        where THandler : INotificationHandler<TEvent>
        where TEvent : IDomainEvent
    {
        var handler = Create<THandler>(scope);
        foreach (var message in messages)
            await handler.Handle((TEvent)message.Event, ct);
    }

    private static THandler Create<THandler>(IServiceProvider scope) => ActivatorUtilities.CreateInstance<THandler>(scope);
}
