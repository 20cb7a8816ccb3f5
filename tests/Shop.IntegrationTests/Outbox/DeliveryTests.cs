using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shop.BuildingBlocks.Database;
using Xunit;

namespace Shop.IntegrationTests.Outbox;

public sealed class DeliveryTests
{
    [Fact]
    public async Task An_event_reaches_every_handler_once()
    {
        await using var host = await ProbeHost.StartAsync();
        await host.PublishAsync(new Happened("a", 1), new Happened("a", 2), new Happened("b", 1));

        await host.DeliverAsync();
        await host.DeliverAsync();

        Assert.Equal([1, 2], await host.EffectsAsync("set-based", "a"));
        Assert.Equal([1, 2], await host.EffectsAsync("one-by-one", "a"));
        Assert.Equal([1], await host.EffectsAsync("set-based", "b"));
        Assert.Equal(0, await host.PendingAsync());
    }

    [Fact]
    public async Task Nothing_is_published_by_a_transaction_that_is_undone()
    {
        await using var host = await ProbeHost.StartAsync();
        await using (var scope = host.Scope())
        {
            await scope.ServiceProvider.GetRequiredService<Db>().BeginAsync(CancellationToken.None);
            var outbox = scope.ServiceProvider.GetRequiredService<BuildingBlocks.Outbox.Outbox>();
            outbox.Publish(new Happened("a", 1));
            Assert.Equal(["probe"], outbox.Post());
        }

        await host.DeliverAsync();
        Assert.Empty(await host.EffectsAsync("set-based", "a"));
    }

    [Fact]
    public async Task Nothing_can_be_published_outside_a_transaction()
    {
        await using var host = await ProbeHost.StartAsync();
        await using var scope = host.Scope();
        var outbox = scope.ServiceProvider.GetRequiredService<BuildingBlocks.Outbox.Outbox>();
        Assert.Throws<InvalidOperationException>(() => outbox.Publish(new Happened("a", 1)));
    }

    [Fact]
    public async Task Two_dispatchers_at_once_give_each_effect_once_and_in_order()
    {
        await using var first = await ProbeHost.StartAsync(null, ("Outbox:BatchSize", "40"));
        await using var second = await ProbeHost.StartAsync(first.ConnectionString, ("Outbox:BatchSize", "40"));
        var streams = Enumerable.Range(0, 20).Select(i => $"stream{i}").ToList();
        for (var number = 1; number <= 40; number++)
            await first.PublishAsync([.. streams.Select(stream => new Happened(stream, number))]);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(async () =>
        {
            while (await first.PendingAsync() > 0)
                await (i % 2 == 0 ? first : second).Dispatcher.RunOnceAsync(CancellationToken.None);
        })));

        foreach (var stream in streams)
        {
            Assert.Equal(Enumerable.Range(1, 40), await first.EffectsAsync("set-based", stream));
            Assert.Equal(Enumerable.Range(1, 40), await first.EffectsAsync("one-by-one", stream));
        }
    }

    [Fact]
    public async Task A_lower_id_that_commits_later_is_delivered_too()
    {
        await using var host = await ProbeHost.StartAsync();
        await using var connection = new NpgsqlConnection(host.ConnectionString);
        await connection.OpenAsync();
        await using var late = await connection.BeginTransactionAsync();
        await using var insert = new NpgsqlCommand(
            """
            insert into probe.outbox (event_id, type, stream, payload, occurred_at)
            values (gen_random_uuid(), 'probe.happened', 'late', '{"key": "late", "number": 1}', now())
            """, connection, late);
        await insert.ExecuteNonQueryAsync();
        await host.PublishAsync(new Happened("early", 1));

        await host.DeliverAsync();
        Assert.Equal([1], await host.EffectsAsync("set-based", "early"));
        Assert.Empty(await host.EffectsAsync("set-based", "late"));

        await late.CommitAsync();
        await host.DeliverAsync();
        Assert.Equal([1], await host.EffectsAsync("set-based", "late"));
    }

    [Fact]
    public async Task An_event_of_an_unknown_type_waits_for_a_build_that_knows_it()
    {
        await using var host = await ProbeHost.StartAsync();
        await host.QueryAsync<long>("""
            insert into probe.outbox (event_id, type, stream, payload, occurred_at)
            values (gen_random_uuid(), 'probe.of-tomorrow', 'a', '{}', now()) returning id
            """);
        await host.PublishAsync(new Happened("a", 1));

        await host.DeliverAsync();
        Assert.Equal([1], await host.EffectsAsync("set-based", "a"));
        Assert.Equal(1, await host.PendingAsync());
    }
}
