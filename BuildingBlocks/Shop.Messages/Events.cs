namespace Shop.Messages;

/// <summary>
/// Something that happened in the module that publishes it. It is written to that module's outbox in the transaction of
/// the command and reaches its handlers afterwards, each effect exactly once, in order for one
/// <see cref="OrderingKey"/>.
/// </summary>
public interface IDomainEvent
{
    /// <summary>The key whose order matters, for example the order's id.</summary>
    string OrderingKey { get; }
}

/// <summary>
/// The stable name of an event in the outbox, <c>module.what-happened</c>; renaming the class does not change it. The
/// part before the dot is the schema of the module that publishes it.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class EventNameAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}
