using Xunit;

namespace Shop.IntegrationTests.Outbox;

/// <summary>Two builds on one database, as while hosts are exchanged one by one.</summary>
public sealed class SubscriptionTests
{
    private static readonly Type[] Old = [typeof(SetBasedProbe), typeof(OneByOneProbe)];
    private static readonly Type[] New = [.. Old, typeof(ProbeOfTomorrow)];

    [Fact]
    public async Task A_handler_of_a_newer_build_gets_what_an_older_one_delivers_and_in_order()
    {
        await using var old = await ProbeHost.StartAsync(null, Old, []);
        await using var next = await ProbeHost.StartAsync(old.ConnectionString, New, []);
        await old.PublishAsync(new Happened("a", 1), new Happened("b", 1));
        await old.DeliverAsync();
        await next.PublishAsync(new Happened("a", 2));
        await old.DeliverAsync();
        await old.PublishAsync(new Happened("a", 3));

        Assert.Equal(3, await old.FailuresAsync("WAITING"));
        Assert.Equal([1, 2], await old.EffectsAsync("set-based", "a"));
        Assert.Empty(await old.EffectsAsync("of-tomorrow", "a"));

        await next.DeliverAsync();
        Assert.Equal([1, 2, 3], await next.EffectsAsync("of-tomorrow", "a"));
        Assert.Equal([1], await next.EffectsAsync("of-tomorrow", "b"));
        Assert.Equal([1, 2, 3], await next.EffectsAsync("set-based", "a"));
        Assert.Equal(0, await next.FailuresAsync());
    }

    [Fact]
    public async Task An_older_build_that_starts_after_a_newer_one_leaves_its_deliveries_too()
    {
        await using var next = await ProbeHost.StartAsync(null, New, []);
        await using var old = await ProbeHost.StartAsync(next.ConnectionString, Old, []);
        await old.PublishAsync(new Happened("a", 1));
        await old.DeliverAsync();

        await next.DeliverAsync();
        Assert.Equal([1], await next.EffectsAsync("of-tomorrow", "a"));
        Assert.Equal([1], await next.EffectsAsync("one-by-one", "a"));
    }

    [Fact]
    public async Task A_build_registers_behind_the_batch_that_another_delivers()
    {
        await using var old = await ProbeHost.StartAsync(null, Old, []);
        await old.PublishAsync(new Happened("a", 1));
        var isCalled = new TaskCompletionSource();
        var mayGoOn = new TaskCompletionSource();
        old.Faults.InSetBased = async (_, _) =>
        {
            isCalled.SetResult();
            await mayGoOn.Task;
        };
        var delivering = old.DeliverAsync();
        await isCalled.Task;
        var starting = ProbeHost.StartAsync(old.ConnectionString, New, []);
        while (!await old.QueryAsync<bool>("""
            select exists (select 1 from pg_locks where locktype = 'advisory' and not granted
                and database = (select oid from pg_database where datname = current_database()))
            """))
        {
            Assert.False(starting.IsCompleted);
        }

        mayGoOn.SetResult();
        await delivering;
        await using var next = await starting;
        Assert.Equal(
            1,
            await next.QueryAsync<long>(
                "select count(*) from probe.subscriptions where handler = 'probe.of-tomorrow'"));
    }

    [Fact]
    public async Task A_retired_handler_gets_nothing_more_and_what_waits_for_it_is_dead()
    {
        await using var before = await ProbeHost.StartAsync(null, New, []);
        await using var after = await ProbeHost.StartAsync(before.ConnectionString, Old, []);
        await after.PublishAsync(new Happened("a", 1));
        await after.DeliverAsync();
        Assert.Equal(1, await after.FailuresAsync("WAITING"));

        await using var retiring = await ProbeHost.StartAsync(before.ConnectionString, Old, ["probe.of-tomorrow"]);
        Assert.Equal(1, await after.FailuresAsync("DEAD"));
        // A host of the build before that starts now does not bring it back.
        await using var late = await ProbeHost.StartAsync(before.ConnectionString, New, []);
        await retiring.PublishAsync(new Happened("b", 1));
        await retiring.DeliverAsync();
        Assert.Equal(1, await after.FailuresAsync());
        Assert.Equal(0, await after.PendingAsync());
    }
}
