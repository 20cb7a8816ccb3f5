using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shop.BuildingBlocks.Database;
using Xunit;

namespace Shop.IntegrationTests.Outbox;

/// <summary>Events that fail or are held wait, and no others do.</summary>
public sealed class IsolationTests
{
    private const int Keys = 200;
    private const int Numbers = 5;

    private static readonly TimeSpan PastEveryRetry = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task The_handler_that_always_fails_keeps_no_other_from_its_events()
    {
        await using var host = await ProbeHost.StartAsync();
        host.Faults.InSetBased = (_, _) => throw new InvalidOperationException("always");
        await PublishAllAsync(host);

        await host.Dispatcher.RunOnceAsync(CancellationToken.None);
        await AssertAllAsync(host, "one-by-one");
        Assert.Empty(await host.EffectsAsync("set-based"));
        Assert.Equal(0, await host.PendingAsync());
        Assert.Equal(Keys * Numbers, await host.FailuresAsync());
        Assert.InRange(host.Faults.Calls, 1, 64);

        host.Faults.InSetBased = (_, _) => Task.CompletedTask;
        host.Clock.Advance(PastEveryRetry);
        await host.DeliverAsync();
        await AssertAllAsync(host, "set-based");
        Assert.Equal(0, await host.FailuresAsync());
    }

    [Fact]
    public async Task Three_poison_messages_among_a_thousand_are_found_in_one_round()
    {
        await using var host = await ProbeHost.StartAsync(null, ("Outbox:MaxAttempts", "1"));
        string[] poison = ["key7", "key99", "key150"];
        host.Faults.InSetBased = (_, happened) => happened.Number == 3 && poison.Contains(happened.Key)
            ? throw new InvalidOperationException("poison")
            : Task.CompletedTask;
        await PublishAllAsync(host);

        await host.DeliverAsync();
        Assert.Equal(3, await host.FailuresAsync("DEAD"));
        Assert.Equal(3 * (Numbers - 3), await host.FailuresAsync("WAITING"));
        await AssertAllAsync(host, "one-by-one");
        var effects = await host.EffectsAsync("set-based");
        foreach (var key in AllKeys())
            Assert.Equal(Enumerable.Range(1, poison.Contains(key) ? 2 : Numbers), effects[key]);
    }

    [Fact]
    public async Task A_held_row_holds_its_key_alone_and_counts_no_attempt()
    {
        await using var host = await ProbeHost.StartAsync();
        await host.QueryAsync<long>(
            "insert into probe.effects (handler, stream, number) values ('row', 'key50', 0) returning id");
        await using var holder = new NpgsqlConnection(host.ConnectionString);
        await holder.OpenAsync();
        await using var held = await holder.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand(
            "select 1 from probe.effects where handler = 'row' for update", holder, held))
            await hold.ExecuteNonQueryAsync();
        host.Faults.InSetBased = LockRowAsync;
        await PublishAllAsync(host);

        await host.DeliverAsync();
        Assert.Equal(0, await host.PendingAsync());
        await AssertAllAsync(host, "one-by-one");
        var effects = await host.EffectsAsync("set-based");
        foreach (var key in AllKeys())
            Assert.Equal(key == "key50" ? [] : Enumerable.Range(1, Numbers), effects[key]);
        Assert.Equal(0, await host.QueryAsync<int>("select max(attempts) from probe.outbox_failures"));

        // Later events are not kept waiting, but for the key itself.
        await host.PublishAsync(new Happened("key50", Numbers + 1), new Happened("later", 1));
        await host.DeliverAsync();
        Assert.Equal([1], await host.EffectsAsync("set-based", "later"));
        Assert.Equal(Numbers + 1, await host.FailuresAsync());

        await held.RollbackAsync();
        host.Clock.Advance(PastEveryRetry);
        await host.DeliverAsync();
        Assert.Equal(Enumerable.Range(1, Numbers + 1), await host.EffectsAsync("set-based", "key50"));
        Assert.Equal(0, await host.FailuresAsync());
    }

    [Fact]
    public async Task Many_held_keys_cost_a_round_a_bounded_number_of_calls()
    {
        await using var host = await ProbeHost.StartAsync();
        host.Faults.InSetBased = (_, happened) => happened.Number % 2 == 0
            ? throw new PostgresException("held", "ERROR", "ERROR", PostgresErrorCodes.LockNotAvailable)
            : Task.CompletedTask;
        await host.PublishAsync([.. Enumerable.Range(1, 1000).Select(i => new Happened($"key{i}", i))]);

        await host.Dispatcher.RunOnceAsync(CancellationToken.None);
        Assert.InRange(host.Faults.Calls, 1, 64 * 3);
        Assert.Equal(
            1000, await host.QueryAsync<long>("select count(*) from probe.effects where handler = 'one-by-one'"));
        Assert.Equal(0, await host.PendingAsync());

        while (await host.QueryAsync<long>("select count(*) from probe.effects where handler = 'set-based'") < 500)
            await host.Dispatcher.RunOnceAsync(CancellationToken.None);
        Assert.Equal(500, await host.FailuresAsync());
        Assert.Equal(0, await host.QueryAsync<int>("select max(attempts) from probe.outbox_failures"));
    }

    [Fact]
    public async Task Rows_that_a_handler_names_are_set_aside_without_a_search()
    {
        await using var host = await ProbeHost.StartAsync(null, [typeof(ProbeOfRows)], []);
        await host.QueryAsync<long>("""
            with rows as (
                insert into probe.effects (handler, stream, number)
                select 'row', 'key' || n, 0 from generate_series(1, 200) n returning id)
            select count(*) from rows
            """);
        await using var holder = new NpgsqlConnection(host.ConnectionString);
        await holder.OpenAsync();
        await using var held = await holder.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand(
            "select 1 from probe.effects where handler = 'row' and right(stream, 1) = '7' for update", holder, held))
        {
            await hold.ExecuteNonQueryAsync();
        }

        await PublishAllAsync(host);
        await host.Dispatcher.RunOnceAsync(CancellationToken.None);

        // In full, with the held rows left out, and the rest.
        Assert.Equal(3, host.Faults.Calls);
        Assert.Equal(0, await host.PendingAsync());
        Assert.Equal(20 * Numbers, await host.FailuresAsync());
        Assert.Equal(0, await host.QueryAsync<int>("select max(attempts) from probe.outbox_failures"));
        var effects = await host.EffectsAsync("of-rows");
        foreach (var key in AllKeys())
            Assert.Equal(key.EndsWith('7') ? [] : Enumerable.Range(1, Numbers), effects[key]);

        // Events that need a row which was held just now are set aside untried.
        await host.PublishAsync(
            [.. AllKeys().Select(key => new Happened(key, Numbers + 1))]);
        await host.Dispatcher.RunOnceAsync(CancellationToken.None);
        Assert.Equal(4, host.Faults.Calls);
        Assert.Equal(20 * (Numbers + 1), await host.FailuresAsync());
        Assert.Equal(Enumerable.Range(1, Numbers + 1), await host.EffectsAsync("of-rows", "key1"));

        await held.RollbackAsync();
        host.Clock.Advance(PastEveryRetry);
        await host.DeliverAsync();
        effects = await host.EffectsAsync("of-rows");
        foreach (var key in AllKeys())
            Assert.Equal(Enumerable.Range(1, Numbers + 1), effects[key]);
    }

    [Fact]
    public async Task Where_three_events_in_a_hundred_fail_the_others_cost_a_bounded_number_of_calls()
    {
        const int Events = 2_000;
        await using var host = await ProbeHost.StartAsync();
        host.Faults.InSetBased = (_, happened) => happened.Number % 33 == 0
            ? throw new InvalidOperationException("poison")
            : Task.CompletedTask;
        await host.PublishAsync([.. Enumerable.Range(1, Events).Select(i => new Happened($"key{i}", i))]);

        const string Good = "select count(*) from probe.effects where handler = 'set-based'";
        while (await host.QueryAsync<long>(Good) < Events - Events / 33)
        {
            await host.Dispatcher.RunOnceAsync(CancellationToken.None);
            Assert.InRange(host.Faults.Calls, 0, Events / 2);
        }

        // Those that have failed are tried alone, a few in each round, and take nothing with them.
        host.Clock.Advance(PastEveryRetry);
        await host.PublishAsync([.. Enumerable.Range(1, 100).Select(i => new Happened($"new{i}", 1))]);
        var before = host.Faults.Calls;
        await host.Dispatcher.RunOnceAsync(CancellationToken.None);
        Assert.InRange(host.Faults.Calls - before, 1, 100);
        Assert.Equal(100, await host.QueryAsync<long>(
            "select count(*) from probe.effects where handler = 'set-based' and stream like 'new%'"));
    }

    [Fact]
    public async Task Retries_do_not_starve_what_is_new()
    {
        await using var host = await ProbeHost.StartAsync(null, ("Outbox:BatchSize", "100"));
        host.Faults.InSetBased = (_, happened) => happened.Key.StartsWith("broken", StringComparison.Ordinal)
            ? throw new InvalidOperationException("broken")
            : Task.CompletedTask;
        await host.PublishAsync([.. Enumerable.Range(1, 1000).Select(i => new Happened($"broken{i}", i))]);
        while (await host.PendingAsync() > 0)
            await host.Dispatcher.RunOnceAsync(CancellationToken.None);
        host.Clock.Advance(PastEveryRetry);

        await host.PublishAsync([.. Enumerable.Range(1, 100).Select(i => new Happened($"new{i}", i))]);
        await host.Dispatcher.RunOnceAsync(CancellationToken.None);
        Assert.Equal(0, await host.PendingAsync());
        Assert.Equal(
            100,
            await host.QueryAsync<long>(
                "select count(*) from probe.effects where handler = 'one-by-one' and stream like 'new%'"));
        Assert.NotEqual(0, await host.FailuresAsync());
    }

    [Fact]
    public async Task Events_that_were_set_aside_untried_are_delivered_in_batches()
    {
        await using var host = await ProbeHost.StartAsync();
        host.Faults.InSetBased = (_, _) => throw new InvalidOperationException("always");
        await PublishAllAsync(host);
        await host.Dispatcher.RunOnceAsync(CancellationToken.None);
        host.Faults.InSetBased = (_, _) => Task.CompletedTask;
        host.Clock.Advance(PastEveryRetry);
        var before = host.Faults.Calls;

        await host.DeliverAsync();
        Assert.InRange(host.Faults.Calls - before, 1, 20);
        await AssertAllAsync(host, "set-based");
    }

    [Fact]
    public async Task A_call_that_does_not_end_is_ended_and_its_events_die_alone()
    {
        await using var host = await ProbeHost.StartAsync(
            null, ("Outbox:HandlerTimeout", "00:00:00.1"), ("Outbox:MaxAttempts", "1"));
        host.Faults.Endless = "endless";
        await host.PublishAsync(
            new Happened("a", 1), new Happened("endless", 1), new Happened("b", 1), new Happened("a", 2));

        while (await host.FailuresAsync("DEAD") == 0)
            await host.DeliverAsync();
        await host.DeliverAsync();
        Assert.Equal([1, 2], await host.EffectsAsync("set-based", "a"));
        Assert.Equal([1], await host.EffectsAsync("set-based", "b"));
        Assert.Equal([1], await host.EffectsAsync("one-by-one", "endless"));
        Assert.Equal(1, await host.FailuresAsync());
    }

    [Fact]
    public async Task A_parameter_that_the_driver_cannot_send_undoes_no_other_handlers_effect()
    {
        await using var host = await ProbeHost.StartAsync(null, ("Outbox:MaxAttempts", "1"));
        host.Faults.InSetBased = (db, happened) =>
        {
            if (happened.Key == "unsendable")
                db.Queue("select @what", ("what", new Version(1, 0)));
            return Task.CompletedTask;
        };
        await host.PublishAsync(new Happened("unsendable", 1), new Happened("a", 1));

        await host.DeliverAsync();
        Assert.Equal([1], await host.EffectsAsync("one-by-one", "unsendable"));
        Assert.Equal([1], await host.EffectsAsync("one-by-one", "a"));
        Assert.Equal([1], await host.EffectsAsync("set-based", "a"));
        Assert.Empty(await host.EffectsAsync("set-based", "unsendable"));
        Assert.Equal(1, await host.FailuresAsync("DEAD"));
    }

    [Fact]
    public async Task A_savepoint_that_was_not_sent_undoes_nothing_before_it()
    {
        await using var host = await ProbeHost.StartAsync();
        await using var scope = host.Scope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        await db.BeginAsync(CancellationToken.None);
        await InsertAsync("first");
        db.SetSavepoint(LockOrder.Stock);
        var read = 0;
        db.QueueRead("select 2", row => read = row.GetInt32(0));
        await db.FlushAsync(CancellationToken.None);
        Assert.Equal(2, read);
        await InsertAsync("second");
        db.SetSavepoint(LockOrder.Stock);
        db.Queue("select 1/0");
        await db.RollbackToSavepointAsync(CancellationToken.None);
        db.SetSavepoint(LockOrder.Stock);
        db.Queue("select @what", ("what", new Version(1, 0)));
        await Assert.ThrowsAnyAsync<Exception>(() => db.FlushAsync(CancellationToken.None));
        await db.RollbackToSavepointAsync(CancellationToken.None);
        db.SetSavepoint(LockOrder.Stock);
        await InsertAsync("third");
        await db.RollbackToSavepointAsync(CancellationToken.None);
        await db.CommitAsync(CancellationToken.None);

        Assert.Equal(
            "first second",
            await host.QueryAsync<string>("select string_agg(handler, ' ' order by id) from probe.effects"));

        Task InsertAsync(string what) => db.ExecuteAsync(
            "insert into probe.effects (handler, stream, number) values (@what, '', 0)",
            new { what },
            CancellationToken.None);
    }

    private static async Task LockRowAsync(Db db, Happened happened)
    {
        if (happened.Key == "key50")
            await db.ExecuteAsync(
                "select 1 from probe.effects where handler = 'row' for update", null, CancellationToken.None);
    }

    private static IEnumerable<string> AllKeys() => Enumerable.Range(1, Keys).Select(key => $"key{key}");

    private static Task PublishAllAsync(ProbeHost host) => host.PublishAsync(
        [.. Enumerable.Range(1, Numbers).SelectMany(number => AllKeys().Select(key => new Happened(key, number)))]);

    private static async Task AssertAllAsync(ProbeHost host, string handler)
    {
        var effects = await host.EffectsAsync(handler);
        foreach (var key in AllKeys())
            Assert.Equal(Enumerable.Range(1, Numbers), effects[key]);
    }
}
