using Npgsql;
using Shop.BuildingBlocks.Database;
using Xunit;

namespace Shop.IntegrationTests.Outbox;

public sealed class FailureTests
{
    private static readonly TimeSpan PastEveryRetry = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task A_handler_that_fails_twice_has_its_effect_once()
    {
        await using var host = await ProbeHost.StartAsync();
        var broken = true;
        host.Faults.InSetBased = (_, happened) => broken && happened.Number == 2
            ? throw new InvalidOperationException("not yet")
            : Task.CompletedTask;
        await host.PublishAsync(new Happened("a", 1), new Happened("a", 2), new Happened("b", 1));

        await host.DeliverAsync();
        Assert.Equal([1], await host.EffectsAsync("set-based", "a"));
        Assert.Equal(
            1, await host.QueryAsync<int>("select attempts from probe.outbox_failures where status = 'RETRYING'"));
        host.Clock.Advance(PastEveryRetry);
        await host.DeliverAsync();
        Assert.Equal(
            2, await host.QueryAsync<int>("select attempts from probe.outbox_failures where status = 'RETRYING'"));
        broken = false;
        host.Clock.Advance(PastEveryRetry);
        await host.DeliverAsync();

        Assert.Equal([1, 2], await host.EffectsAsync("set-based", "a"));
        Assert.Equal([1, 2], await host.EffectsAsync("one-by-one", "a"));
        Assert.Equal([1], await host.EffectsAsync("set-based", "b"));
        Assert.Equal(0, await host.QueryAsync<long>("select count(*) from probe.outbox_failures"));
    }

    [Fact]
    public async Task A_poison_message_stops_nothing_else_and_dies_after_its_last_attempt()
    {
        await using var host = await ProbeHost.StartAsync(null, ("Outbox:MaxAttempts", "3"));
        host.Faults.InOneByOne = (_, happened) => happened.Key == "poison"
            ? throw new InvalidOperationException("poison")
            : Task.CompletedTask;
        await host.PublishAsync(
            [new Happened("poison", 1), .. Enumerable.Range(1, 1000).Select(i => new Happened($"good{i}", i))]);

        await host.DeliverAsync();
        Assert.Equal(0, await host.PendingAsync());
        Assert.Equal(
            1000, await host.QueryAsync<long>("select count(*) from probe.effects where handler = 'one-by-one'"));
        Assert.Equal([1], await host.EffectsAsync("set-based", "poison"));

        for (var attempt = 2; attempt <= 3; attempt++)
        {
            Assert.Equal(0, await host.FailuresAsync("DEAD"));
            host.Clock.Advance(PastEveryRetry);
            await host.DeliverAsync();
        }

        Assert.Equal(1, await host.FailuresAsync("DEAD"));
        Assert.Equal(3, await host.QueryAsync<int>("select attempts from probe.outbox_failures"));
        Assert.Equal(
            "InvalidOperationException: poison",
            await host.QueryAsync<string>("select last_error from probe.outbox_failures"));
        Assert.Equal([1], await host.EffectsAsync("set-based", "poison"));
    }

    [Fact]
    public async Task A_handler_that_runs_into_a_time_limit_of_its_own_fails_like_any_other()
    {
        await using var host = await ProbeHost.StartAsync();
        host.Faults.InOneByOne = (_, happened) => happened.Key == "slow"
            ? throw new TaskCanceledException()
            : Task.CompletedTask;
        await host.PublishAsync(new Happened("slow", 1), new Happened("good", 1));

        await host.DeliverAsync();
        Assert.Equal(0, await host.PendingAsync());
        Assert.Equal(1, await host.FailuresAsync("RETRYING"));
        Assert.Equal([1], await host.EffectsAsync("one-by-one", "good"));
    }

    [Fact]
    public async Task What_comes_after_a_failure_waits_behind_it_in_order()
    {
        await using var host = await ProbeHost.StartAsync();
        var broken = true;
        host.Faults.InSetBased = (_, happened) => broken && happened is { Key: "a", Number: 1 }
            ? throw new InvalidOperationException("broken")
            : Task.CompletedTask;
        await host.PublishAsync(new Happened("a", 1), new Happened("a", 2));
        await host.DeliverAsync();
        await host.PublishAsync(new Happened("a", 3), new Happened("b", 1));
        await host.DeliverAsync();

        Assert.Empty(await host.EffectsAsync("set-based", "a"));
        Assert.Equal([1, 2, 3], await host.EffectsAsync("one-by-one", "a"));
        Assert.Equal([1], await host.EffectsAsync("set-based", "b"));
        Assert.Equal(2, await host.FailuresAsync("WAITING"));

        broken = false;
        host.Clock.Advance(PastEveryRetry);
        await host.DeliverAsync();
        Assert.Equal([1, 2, 3], await host.EffectsAsync("set-based", "a"));
        Assert.Equal(0, await host.QueryAsync<long>("select count(*) from probe.outbox_failures"));
    }

    [Fact]
    public async Task A_dead_delivery_holds_back_its_stream_until_it_is_settled()
    {
        await using var host = await ProbeHost.StartAsync(null, ("Outbox:MaxAttempts", "1"));
        host.Faults.InSetBased = (_, happened) => happened.Number == 1
            ? throw new InvalidOperationException("broken")
            : Task.CompletedTask;
        await host.PublishAsync(new Happened("a", 1), new Happened("a", 2));
        await host.DeliverAsync();
        host.Clock.Advance(PastEveryRetry);
        await host.DeliverAsync();
        Assert.Equal(1, await host.FailuresAsync("DEAD"));
        Assert.Empty(await host.EffectsAsync("set-based", "a"));

        await host.QueryAsync<long>(
            "update probe.outbox_failures set status = 'DISCARDED' where status = 'DEAD' returning id");
        await host.DeliverAsync();
        Assert.Equal([2], await host.EffectsAsync("set-based", "a"));
    }

    [Fact]
    public async Task A_crash_between_effect_and_acknowledgement_gives_the_effect_once()
    {
        await using var host = await ProbeHost.StartAsync();
        var crashes = 0;
        // The server ends our session after the effect is written: as when the process dies there.
        host.Faults.InOneByOne = async (db, _) =>
        {
            if (++crashes == 1)
                await db.ExecuteAsync("select pg_terminate_backend(pg_backend_pid())", null, CancellationToken.None);
        };
        await host.PublishAsync(new Happened("a", 1));

        await Assert.ThrowsAnyAsync<NpgsqlException>(() => host.Dispatcher.RunOnceAsync(CancellationToken.None));
        Assert.Equal(1, await host.PendingAsync());
        // The dead session's locks go a moment after its connection.
        while (await host.PendingAsync() > 0)
            await host.DeliverAsync();

        Assert.Equal([1], await host.EffectsAsync("set-based", "a"));
        Assert.Equal([1], await host.EffectsAsync("one-by-one", "a"));
    }

    [Fact]
    public async Task A_former_primary_is_nobodys_attempt()
    {
        await using var host = await ProbeHost.StartAsync();
        host.Faults.InSetBased = FailingOnce(PostgresErrorCodes.ReadOnlySqlTransaction);
        await host.PublishAsync(new Happened("a", 1));

        var error = await Assert.ThrowsAnyAsync<PostgresException>(
            () => host.Dispatcher.RunOnceAsync(CancellationToken.None));
        Assert.True(Transient.IsInfrastructureFailure(error));
        Assert.Equal(0, await host.FailuresAsync());
        await host.DeliverAsync();
        Assert.Equal([1], await host.EffectsAsync("set-based", "a"));
    }

    [Fact]
    public async Task A_lost_deadlock_is_nobodys_attempt_and_the_other_handlers_go_on()
    {
        await using var host = await ProbeHost.StartAsync();
        host.Faults.InSetBased = FailingOnce(PostgresErrorCodes.DeadlockDetected);
        await host.PublishAsync(new Happened("a", 1));

        await host.DeliverAsync();
        Assert.Equal(0, await host.FailuresAsync());
        Assert.Equal([1], await host.EffectsAsync("set-based", "a"));
        Assert.Equal([1], await host.EffectsAsync("one-by-one", "a"));
    }

    [Fact]
    public async Task A_delivery_whose_handler_is_gone_is_dead_at_the_next_start_and_says_so()
    {
        await using var host = await ProbeHost.StartAsync();
        await host.QueryAsync<long>("""
            insert into probe.outbox_failures
                (message_id, event_id, type, stream, payload, occurred_at, handler, status, attempts, failed_at,
                    next_attempt_at)
            values (1, gen_random_uuid(), 'probe.happened', 'a', '{"key": "a", "number": 1}', now(),
                'probe.of-yesterday', 'RETRYING', 1, now(), now() - interval '1 second')
            returning id
            """);

        await using var next = await ProbeHost.StartAsync(host.ConnectionString);
        Assert.Equal(1, await host.FailuresAsync("DEAD"));
        Assert.Contains(
            "probe.of-yesterday",
            await host.QueryAsync<string>("select last_error from probe.outbox_failures"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_payload_that_cannot_be_read_becomes_a_failure_and_stops_nothing_else()
    {
        await using var host = await ProbeHost.StartAsync();
        await host.QueryAsync<long>("""
            insert into probe.outbox (event_id, type, stream, payload, occurred_at)
            values (gen_random_uuid(), 'probe.happened', 'torn', '{"key": 5}', now()) returning id
            """);
        await host.PublishAsync(new Happened("a", 1));

        await host.DeliverAsync();
        Assert.Equal([1], await host.EffectsAsync("set-based", "a"));
        Assert.Equal(2, await host.FailuresAsync("RETRYING"));
        Assert.Equal(0, await host.PendingAsync());
    }

    private static Func<Db, Happened, Task> FailingOnce(string sqlState)
    {
        var losses = 0;
        return async (db, _) =>
        {
            if (++losses > 1)
                return;
            var raise = $"do $$ begin raise exception 'lost' using errcode = '{sqlState}'; end $$";
            await db.ExecuteAsync(raise, null, CancellationToken.None);
        };
    }
}
