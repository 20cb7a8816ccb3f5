using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Shop.Bench.Probe;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Outbox;

namespace Shop.Bench.Scenarios;

/// <summary>
/// How fast the dispatcher is by itself: in this process, with the default settings, one handler that does nothing.
/// </summary>
internal sealed class EmptyHandlerDrain()
    : Scenario("dispatch", "events with one handler that does nothing", against: null, new Target(80_000))
{
    private const string Database = "tested_dispatch";

    private const string Publish = """
        insert into probe.outbox (event_id, type, stream, payload, occurred_at)
        select gen_random_uuid(), 'probe.happened', n, jsonb_build_object('number', n), now()
            from generate_series(1, {events}) n
        """;

    public override async Task<IReadOnlyList<Round>> RunAsync(Stage stage)
    {
        var events = 2 * stage.Size.Drained;
        await stage.Cluster.CreateDatabaseAsync(Database);
        await using var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton(TimeProvider.System)
            .AddDatabase(stage.Cluster.ConnectionString(Database))
            .AddModules([new ProbeModule()], new ConfigurationBuilder().Build())
            .BuildServiceProvider(validateScopes: true);
        await services.GetRequiredService<Migrator>().MigrateAsync(CancellationToken.None);
        var dispatcher = services.GetRequiredService<OutboxDispatcher>();

        var rounds = new List<Round>();
        for (var round = 0; round < stage.Options.Rounds; round++)
        {
            await stage.Cluster.ExecuteAsync(
                Database,
                Publish.Replace("{events}", events.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
            await stage.Cluster.CheckpointAsync();
            var started = Stopwatch.GetTimestamp();
            var handled = 0;
            while (await dispatcher.RunOnceAsync(CancellationToken.None) is var settled and > 0)
                handled += settled;
            rounds.Add(handled == events
                ? new Round(null, events / Stopwatch.GetElapsedTime(started).TotalSeconds, Run: null)
                : throw new InvalidOperationException($"{handled} of {events} events were handled."));
        }

        return rounds;
    }
}
