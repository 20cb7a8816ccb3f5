using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Outbox;
using Shop.Messages;

namespace Shop.IntegrationTests.Outbox;

/// <summary>
/// A module that exists to be delivered to: one event, a set-based handler, one that takes event by event, and one of a
/// newer build.
/// </summary>
public sealed class ProbeModule(IReadOnlyList<string> retired) : IModule
{
    public string Schema => "probe";

    public IReadOnlyList<string> RetiredEventHandlers => retired;

    public void AddServices(IServiceCollection services, IConfiguration configuration) =>
        services.AddSingleton<ProbeFaults>();

    public void MapEndpoints(IEndpointRouteBuilder api)
    {
    }
}

[EventName("probe.happened")]
public sealed record Happened(string Key, int Number) : IDomainEvent
{
    public string OrderingKey => Key;
}

/// <summary>
/// A fault in the handlers, as the test wants it. Called after the effect is written, so that it has to be rolled back.
/// </summary>
public sealed class ProbeFaults
{
    private int calls;

    /// <summary>How often the set-based handler has been called.</summary>
    public int Calls => calls;

    public void Count() => Interlocked.Increment(ref calls);

    public Func<Db, Happened, Task> InSetBased { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>The key of the events with which the set-based handler goes on until it is cancelled.</summary>
    public string? Endless { get; set; }

    public Func<Db, Happened, Task> InOneByOne { get; set; } = (_, _) => Task.CompletedTask;
}

[EventHandler("probe.set-based", LockOrder.Stock)]
internal sealed class SetBasedProbe(Db db, ProbeFaults faults) : IEventBatchHandler<Happened>
{
    public async Task Handle(IReadOnlyList<EventEnvelope<Happened>> events, CancellationToken ct)
    {
        await db.ExecuteAsync(
            "insert into probe.effects (handler, stream, number) select 'set-based', s, n "
            + "from unnest(@streams, @numbers) with ordinality as e (s, n, i) order by i",
            new
            {
                streams = events.Select(e => e.Event.Key).ToArray(),
                numbers = events.Select(e => e.Event.Number).ToArray(),
            },
            ct);
        faults.Count();
        if (events.Any(happened => happened.Event.Key == faults.Endless))
            await db.ExecuteAsync("select pg_sleep(60)", null, ct);
        foreach (var happened in events)
            await faults.InSetBased(db, happened.Event);
    }
}

[EventHandler("probe.one-by-one", LockOrder.Queue)]
internal sealed class OneByOneProbe(Db db, ProbeFaults faults) : IEventBatchHandler<Happened>
{
    private const string Insert =
        "insert into probe.effects (handler, stream, number) values ('one-by-one', @Key, @Number)";

    public async Task Handle(IReadOnlyList<EventEnvelope<Happened>> events, CancellationToken ct)
    {
        foreach (var happened in events)
        {
            await db.ExecuteAsync(Insert, new { happened.Event.Key, happened.Event.Number }, ct);
            await faults.InOneByOne(db, happened.Event);
        }
    }
}

/// <summary>As only a newer build has it.</summary>
[EventHandler("probe.of-tomorrow", LockOrder.Stock)]
internal sealed class ProbeOfTomorrow(Db db) : IEventBatchHandler<Happened>
{
    private const string Insert = """
        insert into probe.effects (handler, stream, number)
        select 'of-tomorrow', s, n from unnest(@streams, @numbers) with ordinality as e (s, n, i) order by i
        """;

    public Task Handle(IReadOnlyList<EventEnvelope<Happened>> events, CancellationToken ct)
    {
        db.Queue(
            Insert,
            ("streams", events.Select(happened => happened.Event.Key).ToArray()),
            ("numbers", events.Select(happened => happened.Event.Number).ToArray()));
        return Task.CompletedTask;
    }
}

/// <summary>Locks the row of each event's key, and names it.</summary>
[EventHandler("probe.of-rows", LockOrder.Stock)]
internal sealed class ProbeOfRows(Db db, ProbeFaults faults)
    : IEventBatchHandler<Happened>, INameLockedRows<Happened>
{
    private const string Resource = "probe.effects";

    private static readonly LockStatement LockRows = new(
        LockOrder.Stock,
        Resource,
        "select stream from probe.effects where handler = 'row' and stream = any(@keys) order by stream for update",
        "select stream from probe.effects where handler = 'row' and stream = any(@keys)");

    private const string Insert = """
        insert into probe.effects (handler, stream, number)
        select 'of-rows', s, n from unnest(@streams, @numbers) with ordinality as e (s, n, i) order by i
        """;

    public async Task Handle(IReadOnlyList<EventEnvelope<Happened>> events, CancellationToken ct)
    {
        faults.Count();
        var locked = new HashSet<string>();
        db.QueueLock(LockRows, events.Select(happened => happened.Event.Key), row => locked.Add(row.GetString(0)));
        await db.FlushAsync(ct);
        var changed = events.Where(happened => locked.Contains(happened.Event.Key)).ToList();
        db.Queue(
            Insert,
            ("streams", changed.ConvertAll(happened => happened.Event.Key)),
            ("numbers", changed.ConvertAll(happened => happened.Event.Number)));
    }

    public IEnumerable<RowKey> RowsOf(Happened happened) => [new(Resource, happened.Key)];
}
