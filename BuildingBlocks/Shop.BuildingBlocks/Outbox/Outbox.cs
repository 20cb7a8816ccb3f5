using System.Diagnostics;
using Shop.BuildingBlocks.Database;

namespace Shop.BuildingBlocks.Outbox;

/// <summary>
/// The events of a command. They are written in its transaction, so they exist exactly when its effect does, and are
/// delivered afterwards.
/// </summary>
public sealed class Outbox(Db db, EventTypes types)
{
    private readonly List<IDomainEvent> published = [];

    // An identity column numbers the rows in the order of the arrays.
    private static string Insert(string schema) => $"""
        insert into {schema}.outbox (event_id, type, stream, payload, trace_parent, occurred_at)
        select event_id, type, stream, convert_from(payload, 'UTF8')::json, @trace_parent::text, (select shop.now())
        from unnest(@event_ids, @types, @streams, @payloads) with ordinality as e (event_id, type, stream, payload,
            position)
        order by position
        """;

    /// <summary>Publishes an event of the calling module, whether a handler of this build takes it or not.</summary>
    /// <exception cref="InvalidOperationException">
    /// No transaction is open: nothing may be published that can't be undone with its cause.
    /// </exception>
    public void Publish(IDomainEvent happened)
    {
        if (!db.InTransaction)
            throw new InvalidOperationException($"{happened.GetType().Name} is published outside a transaction.");
        published.Add(happened);
    }

    /// <summary>Queues the rows of what was published, last in the lock order.</summary>
    /// <returns>The schemas whose outbox has got rows.</returns>
    internal IReadOnlyCollection<string> Post()
    {
        if (published.Count == 0)
            return [];
        var groups = published.GroupBy(
            happened => types.SchemaOf(happened.GetType())).OrderBy(group => group.Key).ToList();
        foreach (var group in groups)
        {
            var events = group.ToList();
            db.QueueWrite(
                Insert(group.Key),
                events.Count,
                ("event_ids", events.ConvertAll(_ => Guid.CreateVersion7())),
                ("types", events.ConvertAll(happened => types.NameOf(happened.GetType()))),
                ("streams", events.ConvertAll(happened => happened.OrderingKey)),
                ("payloads", events.ConvertAll(EventJson.Write)),
                ("trace_parent", (object?)Activity.Current?.Id ?? DBNull.Value));
        }

        published.Clear();
        return groups.ConvertAll(group => group.Key);
    }

    /// <summary>Drops what was published since the last <see cref="Post"/>: its cause has been undone.</summary>
    internal void Forget() => published.Clear();
}
