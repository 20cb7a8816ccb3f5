using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Commands;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Outbox;
using Shop.IntegrationTests.Testing;

namespace Shop.IntegrationTests.Outbox;

/// <summary>
/// The outbox of a process, without HTTP and workers. Several on one database stand for several instances.
/// </summary>
internal sealed class ProbeHost : IAsyncDisposable
{
    private readonly ServiceProvider services;

    private ProbeHost(string connectionString, ServiceProvider services)
    {
        ConnectionString = connectionString;
        this.services = services;
    }

    public string ConnectionString { get; }

    public TestClock Clock => (TestClock)services.GetRequiredService<TimeProvider>();

    public ProbeFaults Faults => services.GetRequiredService<ProbeFaults>();

    public OutboxDispatcher Dispatcher => services.GetRequiredService<OutboxDispatcher>();

    public static Task<ProbeHost> StartAsync(
        string? connectionString = null, params (string Name, string Value)[] settings) =>
        StartAsync(connectionString, [typeof(SetBasedProbe), typeof(OneByOneProbe)], [], settings);

    /// <param name="handlers">The event handlers of the build that the host stands for.</param>
    /// <param name="retired">The names of those that it once had.</param>
    public static async Task<ProbeHost> StartAsync(
        string? connectionString,
        IReadOnlyList<Type> handlers,
        IReadOnlyList<string> retired,
        params (string Name, string Value)[] settings)
    {
        connectionString ??= await TestDatabases.CreateEmptyAsync();
        var configuration = new ConfigurationBuilder()
            // Far longer than a test, so that a retry is due when the test moves the clock and not before.
            .AddInMemoryCollection([KeyValuePair.Create<string, string?>("Outbox:RetryDelay", "00:04:00")])
            .AddInMemoryCollection(
                settings.Select(setting => KeyValuePair.Create<string, string?>(setting.Name, setting.Value)))
            .Build();
        var clock = new TestClock();
        var collection = new ServiceCollection()
            .AddLogging()
            .AddSingleton<TimeProvider>(clock)
            .AddDatabase(connectionString)
            .AddModules([new ProbeModule(retired)], configuration)
            .AddSingleton(new OutboxRouting(handlers));
        clock.MoveDatabaseOf(collection);
        var services = collection.BuildServiceProvider(validateScopes: true);
        clock.Follow(services.GetRequiredService<NpgsqlDataSource>());
        await services.GetRequiredService<Migrator>().MigrateAsync(CancellationToken.None);
        return new ProbeHost(connectionString, services);
    }

    public Task PublishAsync(params Happened[] events) => services.GetRequiredService<Transactions>().RunAsync(
        (scope, _) =>
        {
            var outbox = scope.GetRequiredService<BuildingBlocks.Outbox.Outbox>();
            foreach (var happened in events)
                outbox.Publish(happened);
            return Task.FromResult(events.Length);
        },
        CancellationToken.None);

    public AsyncServiceScope Scope() => services.CreateAsyncScope();

    /// <summary>Runs the dispatcher until nothing is left that is due now.</summary>
    public async Task DeliverAsync()
    {
        while (await Dispatcher.RunOnceAsync(CancellationToken.None) > 0)
        {
            // Another batch, or a failure that has become due.
        }
    }

    public async Task<IReadOnlyList<int>> EffectsAsync(string handler, string stream)
    {
        await using var scope = Scope();
        return await scope.ServiceProvider.GetRequiredService<Db>().QueryAsync<int>(
            "select number from probe.effects where handler = @handler and stream = @stream order by id",
            new { handler, stream },
            CancellationToken.None);
    }

    /// <summary>Each key's numbers in the order of their effects.</summary>
    public async Task<ILookup<string, int>> EffectsAsync(string handler)
    {
        await using var scope = Scope();
        var effects = await scope.ServiceProvider.GetRequiredService<Db>().QueryAsync<(string Key, int Number)>(
            "select stream, number from probe.effects where handler = @handler order by id",
            new { handler },
            CancellationToken.None);
        return effects.ToLookup(effect => effect.Key, effect => effect.Number);
    }

    public async Task<T> QueryAsync<T>(string sql)
    {
        await using var scope = Scope();
        return await scope.ServiceProvider.GetRequiredService<Db>()
            .QuerySingleAsync<T>(sql, null, CancellationToken.None);
    }

    public Task<long> PendingAsync() => QueryAsync<long>("select count(*) from probe.outbox");

    public Task<long> FailuresAsync() => QueryAsync<long>("select count(*) from probe.outbox_failures");

    public Task<long> FailuresAsync(string status) =>
        QueryAsync<long>($"select count(*) from probe.outbox_failures where status = '{status}'");

    public async ValueTask DisposeAsync() => await services.DisposeAsync();
}
