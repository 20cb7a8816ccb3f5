using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Database;

namespace Shop.BuildingBlocks.Outbox;

/// <summary>A handler as the dispatcher sees it: a name, the events it takes, and one way to call it.</summary>
internal sealed class Subscription
{
    private readonly Type eventType;
    private readonly Func<IServiceProvider, IReadOnlyList<Message>, CancellationToken, Task> deliver;
    private readonly Func<IServiceProvider, Func<Message, IEnumerable<RowKey>>>? rowsOf;

    private Subscription(Type handler, Type eventType)
    {
        var attribute = handler.GetCustomAttribute<EventHandlerAttribute>()
            ?? throw new InvalidOperationException($"The event handler {handler} has no [EventHandler].");
        Name = attribute.Name;
        Locks = attribute.Locks;
        this.eventType = eventType;
        deliver = Of<Func<IServiceProvider, IReadOnlyList<Message>, CancellationToken, Task>>(nameof(Deliver));
        if (handler.IsAssignableTo(typeof(INameLockedRows<>).MakeGenericType(eventType)))
            rowsOf = Of<Func<IServiceProvider, Func<Message, IEnumerable<RowKey>>>>(nameof(Rows));

        TDelegate Of<TDelegate>(string method) where TDelegate : Delegate => typeof(Subscription)
            .GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(handler, eventType)
            .CreateDelegate<TDelegate>();
    }

    public string Name { get; }

    public LockOrder Locks { get; }

    public bool NamesRows => rowsOf is not null;

    public bool Takes(Type type) => type.IsAssignableTo(eventType);

    public Task DeliverAsync(IServiceProvider scope, IReadOnlyList<Message> messages, CancellationToken ct) =>
        deliver(scope, messages, ct);

    /// <summary>The rows that a message needs locked. For a handler that names them.</summary>
    public Func<Message, IEnumerable<RowKey>> RowsOf(IServiceProvider scope) =>
        rowsOf?.Invoke(scope) ?? throw new InvalidOperationException($"{Name} names no rows.");

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
        return Create<THandler>(scope).Handle(events, ct);
    }

    private static Func<Message, IEnumerable<RowKey>> Rows<THandler, TEvent>(IServiceProvider scope)
        where THandler : INameLockedRows<TEvent>
        where TEvent : IDomainEvent
    {
        var handler = Create<THandler>(scope);
        return message => handler.RowsOf((TEvent)message.Event);
    }

    private static THandler Create<THandler>(IServiceProvider scope) =>
        ActivatorUtilities.CreateInstance<THandler>(scope);
}
