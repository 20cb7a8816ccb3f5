using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Database;
using Shop.Messages;

namespace Shop.BuildingBlocks.Outbox;

/// <summary>A handler as the dispatcher sees it: a name, the events it takes, and one way to call it.</summary>
internal sealed class Subscription
{
    private readonly Type eventType;
    private readonly Func<IServiceProvider, IReadOnlyList<Message>, CancellationToken, Task> deliver;

    private Subscription(Type handler, Type eventType)
    {
        var attribute = handler.GetCustomAttribute<EventHandlerAttribute>()
            ?? throw new InvalidOperationException($"The event handler {handler} has no [EventHandler].");
        Name = attribute.Name;
        Locks = attribute.Locks;
        this.eventType = eventType;
        deliver = typeof(Subscription)
            .GetMethod(nameof(Deliver), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(handler, eventType)
            .CreateDelegate<Func<IServiceProvider, IReadOnlyList<Message>, CancellationToken, Task>>();
    }

    public string Name { get; }

    public LockOrder Locks { get; }

    public bool Takes(Type type) => type.IsAssignableTo(eventType);

    public Task DeliverAsync(IServiceProvider scope, IReadOnlyList<Message> messages, CancellationToken ct) =>
        deliver(scope, messages, ct);

    /// <exception cref="InvalidOperationException">A handler has no name, or two have the same.</exception>
    public static IReadOnlyList<Subscription> Of(IEnumerable<Type> handlers)
    {
        var subscriptions = handlers
            .SelectMany(handler => handler.GetInterfaces()
                .Where(IsHandler)
                .Select(type => new Subscription(handler, type.GenericTypeArguments[0])))
            .OrderBy(subscription => subscription.Locks)
            .ThenBy(subscription => subscription.Name)
            .ToList();
        var twice = subscriptions.GroupBy(subscription => subscription.Name).FirstOrDefault(group => group.Count() > 1);
        return twice is null
            ? subscriptions
            : throw new InvalidOperationException($"Two subscriptions are named {twice.Key}.");
    }

    public static IEnumerable<Type> HandlersIn(IEnumerable<Assembly> assemblies) => assemblies
        .SelectMany(assembly => assembly.GetTypes())
        .Where(type => type is { IsAbstract: false, IsInterface: false } && type.GetInterfaces().Any(IsHandler));

    private static bool IsHandler(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IEventBatchHandler<>);

    private static Task Deliver<THandler, TEvent>(
        IServiceProvider scope, IReadOnlyList<Message> messages, CancellationToken ct)
        where THandler : IEventBatchHandler<TEvent>
        where TEvent : IDomainEvent
    {
        var events = new EventEnvelope<TEvent>[messages.Count];
        for (var i = 0; i < events.Length; i++)
            events[i] = new(messages[i].EventId, messages[i].OccurredAt, (TEvent)messages[i].Event);
        return ActivatorUtilities.CreateInstance<THandler>(scope).Handle(events, ct);
    }
}
