using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Npgsql;
using Shop.IntegrationTests.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Shop.IntegrationTests.Coupons;

/// <summary>Many queues, and long ones: each is processed whatever the others hold.</summary>
public sealed class QueueLoadTests(ITestOutputHelper output) : CouponTest
{
    [Fact]
    public async Task A_thousand_queues_are_processed_within_their_interval()
    {
        const int Queues = 1_000;
        var users = await PeopleAsync(10);
        await CreateQueuesAsync(Queues, quantity: 5);
        await FillAsync("true", users);

        var round = Stopwatch.StartNew();
        var processed = await TickAsync();
        output.WriteLine($"{Queues} queues: {round.Elapsed.TotalMilliseconds:0} ms");

        Assert.Equal(10 * Queues, processed);
        Assert.InRange(round.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(3));
        Assert.Equal(
            (5L * Queues, 5L * Queues, 0L),
            (
                await CountRequestsAsync("COMPLETED"),
                await CountRequestsAsync("FAILED"),
                await CountRequestsAsync("WAITING")));
        Assert.Equal(Queues, await Shop.QueryAsync<long>("""
            select count(*) from coupons.coupons c join coupons.lines l using (coupon_id)
            where c.issued = 5 and l.settled_ticket = 10
                and (select array_agg(r.ticket order by r.ticket) from coupons.requests r
                    where r.coupon_id = c.coupon_id and r.status = 'COMPLETED') = '{1,2,3,4,5}'
            """));
    }

    [Fact]
    public async Task A_long_sold_out_queue_holds_up_no_other()
    {
        const int Waiting = 150_000;
        var people = await PeopleAsync(2);
        var soldOut = await CreateCouponAsync(quantity: 1);
        await HoldAsync(soldOut, people[0]);
        await Shop.ExecuteAsync($"""
            insert into coupons.requests (request_id, coupon_id, user_id, ticket, status, requested_at)
            select gen_random_uuid(), {soldOut}, 1000000 + n, coupons.next_ticket({soldOut}), 'WAITING', now()
                from generate_series(1, {Waiting}) n
            """);
        var other = await CreateCouponAsync(quantity: 10);
        await EnterQueueAsync(other, people[0]);

        var round = Stopwatch.StartNew();
        var failed = await TickAsync() - 1;
        output.WriteLine($"{failed} failed in {round.Elapsed.TotalMilliseconds:0} ms");

        // The round ends long before the queue does, and the next one looks after the others first.
        Assert.InRange(failed, 1, Waiting - 1);
        Assert.Equal(1, await IssuedAsync(other));
        await EnterQueueAsync(other, people[1]);
        await TickAsync();
        Assert.Equal(2, await IssuedAsync(other));
        Assert.NotEqual(0, await CountRequestsAsync("WAITING"));

        while (await ProcessAsync(Shop) > 0)
        {
            // Another part.
        }

        Assert.Equal((Waiting, 2L), (await CountRequestsAsync("FAILED"), await CountRequestsAsync("COMPLETED")));
        Assert.Equal(
            Waiting,
            await Shop.QueryAsync<long>($"select settled_ticket from coupons.lines where coupon_id = {soldOut}"));
    }

    [Fact]
    public async Task A_queue_whose_coupon_is_held_holds_up_no_other()
    {
        var people = await PeopleAsync(1);
        var (held, other) = (await CreateCouponAsync(), await CreateCouponAsync());
        await EnterQueueAsync(held, people[0]);
        await EnterQueueAsync(other, people[0]);
        await using var connection = new NpgsqlConnection(Shop.ConnectionString);
        await connection.OpenAsync();
        await using (var holding = await connection.BeginTransactionAsync())
        {
            await using var hold = new NpgsqlCommand(
                $"select from coupons.coupons where coupon_id = {held} for no key update", connection, holding);
            await hold.ExecuteNonQueryAsync();

            Assert.Equal(1, await TickAsync());
            Assert.Equal(1, await IssuedAsync(other));
        }

        Assert.Equal(1, await ProcessAsync(Shop));
        Assert.Equal(1, await IssuedAsync(held));
    }

    [Fact]
    public async Task A_host_that_fails_a_sold_out_queue_leaves_it_to_the_host_whose_tick_has_it()
    {
        using var log = new CapturedLog();
        await using var second = await ShopHost.StartAsync(Shop.ConnectionString, configure: log.AddTo);
        var (coupon, people) = (await CreateCouponAsync(quantity: 2), await PeopleAsync(9));
        await HoldAsync(coupon, people[0]);
        await FillAsync($"coupon_id = {coupon}", people[1..]);
        await using var selling = await HoldingAsync(
            $"select from coupons.coupons where coupon_id = {coupon} for no key update");
        await using var entry = await HoldingAsync(
            $"select from coupons.requests where coupon_id = {coupon} and ticket = 8 for update");

        // The tick has the queue and waits for the coupon, which sells out; then it has changed entries, and waits for
        // the last one.
        var tick = Task.Run(() => ProcessAsync(Shop));
        await Shop.UntilALockIsWaitedForAsync();
        await using (var sellOut = new NpgsqlCommand(
            $"update coupons.coupons set quantity = 1 where coupon_id = {coupon}", selling))
            await sellOut.ExecuteNonQueryAsync();
        await using (var commit = new NpgsqlCommand("commit", selling))
            await commit.ExecuteNonQueryAsync();
        Assert.Equal(0, await ProcessAsync(second));
        await entry.CloseAsync();

        Assert.Equal(8, await tick);
        Assert.DoesNotContain(log.Entries, entry => entry.Level >= LogLevel.Warning);
        Assert.Equal(8, await CountRequestsAsync("FAILED"));
    }

    [Fact]
    public async Task Two_hosts_process_queues_that_sell_out_and_nobody_is_lost()
    {
        const int Runs = 5;
        var people = await PeopleAsync(400);
        await using var second = await ShopHost.StartAsync(Shop.ConnectionString);
        for (var run = 0; run < Runs; run++)
        {
            await CreateQueuesAsync(4, quantity: 150);
            await FillAsync("issued = 0", people);
            while (await CountRequestsAsync("WAITING") > 0)
            {
                Shop.Clock.Advance(TimeSpan.FromSeconds(1));
                second.Clock.Advance(TimeSpan.FromSeconds(1));
                await Task.WhenAll(
                    new[] { Shop, second, Shop, second }.Select(host => Task.Run(() => ProcessAsync(host))));
            }
        }

        Assert.Equal(
            0,
            await Shop.QueryAsync<long>("select deadlocks from pg_stat_database where datname = current_database()"));
        Assert.Equal(
            (Runs * 4 * 150L, Runs * 4 * 250L),
            (await CountRequestsAsync("COMPLETED"), await CountRequestsAsync("FAILED")));
        Assert.Equal(
            Runs * 4, await Shop.QueryAsync<long>("select count(*) from coupons.coupons where issued = quantity"));
    }

    [Fact]
    public async Task A_host_whose_clock_is_off_neither_stops_a_queue_nor_hurries_it()
    {
        var coupon = await CreateCouponAsync(quantity: 1_000);
        await using var second = await ShopHost.StartAsync(Shop.ConnectionString);
        second.Clock.PutOff(TimeSpan.FromHours(1));
        await FillAsync($"coupon_id = {coupon}", await PeopleAsync(350));

        Assert.Equal(100, await ProcessAsync(second));
        // An hour ahead, it does not find the next tick due; and what it wrote does not keep the other host from it.
        Assert.Equal(0, await ProcessAsync(second) + await ProcessAsync(Shop));
        Assert.Equal(100, await TickAsync());

        second.Clock.PutOff(TimeSpan.FromHours(-2));
        second.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(100, await ProcessAsync(second));
        Assert.Equal(
            0,
            await Shop.QueryAsync<long>(
                "select count(*) from coupons.user_coupons where abs(extract(epoch from issued_at - now())) > 60"));
    }

    private Task CreateQueuesAsync(int count, int quantity) => Shop.ExecuteAsync($"""
        insert into coupons.coupons
            (name, discount_type, discount_value, quantity, issue_from, issue_until, valid_from, valid_until,
                created_at)
        select 'Welcome', 'FIXED', 1000, {quantity}, now() - interval '1 day', now() + interval '1 day', now(),
            now() + interval '2 days', now()
        from generate_series(1, {count})
        """);

    private Task FillAsync(string coupons, long[] people) => Shop.ExecuteAsync($"""
        insert into coupons.requests (request_id, coupon_id, user_id, ticket, status, requested_at)
        select gen_random_uuid(), coupon_id, user_id, coupons.next_ticket(coupon_id), 'WAITING', now()
        from coupons.coupons, unnest(array[{string.Join(',', people)}]) as user_id
        where {coupons}
        """);

    // In a transaction of its own, until it is disposed of or commits.
    private async Task<NpgsqlConnection> HoldingAsync(string sql)
    {
        var connection = new NpgsqlConnection($"{Shop.ConnectionString};Pooling=false");
        await connection.OpenAsync();
        await using var hold = new NpgsqlCommand($"begin; {sql}", connection);
        await hold.ExecuteNonQueryAsync();
        return connection;
    }
}
