using System.Collections.Frozen;
using System.Reflection;

namespace Shop.BuildingBlocks.Outbox;

/// <summary>Which class stands behind an event's stable name, and back.</summary>
public sealed class EventTypes
{
    private readonly FrozenDictionary<string, Type> types;
    private readonly FrozenDictionary<Type, string> names;

    /// <exception cref="InvalidOperationException">
    /// An event has no name, a name that is not <c>module.what-happened</c>, or one that is taken.
    /// </exception>
    public EventTypes(IEnumerable<Type> events)
    {
        var known = new Dictionary<string, Type>();
        foreach (var type in events)
        {
            var name = type.GetCustomAttribute<EventNameAttribute>()?.Name
                ?? throw new InvalidOperationException($"The event {type} has no [EventName].");
            if (name.Split('.') is not [{ Length: > 0 }, { Length: > 0 }])
                throw new InvalidOperationException(
                    $"The event name {name} of {type} is not of the form module.what-happened.");
            if (!known.TryAdd(name, type))
                throw new InvalidOperationException($"The events {type} and {known[name]} have the same name, {name}.");
        }

        types = known.ToFrozenDictionary();
        names = known.ToFrozenDictionary(pair => pair.Value, pair => pair.Key);
    }

    public IReadOnlyCollection<Type> All => types.Values;

    public static IEnumerable<Type> In(IEnumerable<Assembly> assemblies) => assemblies
        .SelectMany(assembly => assembly.GetTypes())
        .Where(type => type is { IsAbstract: false, IsInterface: false } && type.IsAssignableTo(typeof(IDomainEvent)));

    /// <returns>The class, or null where this build does not know the name.</returns>
    public Type? Find(string name) => types.GetValueOrDefault(name);

    public string NameOf(Type type) =>
        names.TryGetValue(type, out var name)
            ? name
            : throw new InvalidOperationException($"The event {type} is not registered.");

    /// <summary>The schema whose outbox the event goes through: the part of its name before the dot.</summary>
    public string SchemaOf(Type type) => NameOf(type).Split('.')[0];
}
