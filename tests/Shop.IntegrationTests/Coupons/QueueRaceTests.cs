using System.Net;
using Npgsql;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Coupons;

public sealed class QueueRaceTests : CouponTest
{
    [Fact]
    public async Task Exactly_as_many_as_there_are_go_to_those_in_line()
    {
        const int Limit = 20;
        var served = 0;
        foreach (var takers in (int[])[Limit - 1, Limit, Limit + 1, 10 * Limit])
        {
            var coupon = await CreateCouponAsync(Limit);
            var people = await PeopleAsync(takers);

            var answers = await Task.WhenAll(people.Select(user => RequestAsync(coupon, user)));
            Assert.All(answers, answer => answer.Expect(HttpStatusCode.Accepted));
            Assert.Equal(takers, await TickAsync());

            Assert.Equal(Math.Min(Limit, takers), await IssuedAsync(coupon));
            Assert.Equal(served += Math.Min(Limit, takers), await CountRequestsAsync("COMPLETED"));
        }

        Assert.Equal(0, await CountRequestsAsync("WAITING"));
    }

    [Fact]
    public async Task Taking_directly_and_standing_in_line_at_once_never_issue_one_too_many()
    {
        const int Limit = 40;
        var coupon = await CreateCouponAsync(Limit);
        var people = await PeopleAsync(10 * Limit);
        await using var second = await ShopHost.StartAsync(Shop.ConnectionString);
        using var stop = new CancellationTokenSource();
        var schedulers = Task.WhenAll(
            Task.Run(() => KeepProcessingAsync(Shop)), Task.Run(() => KeepProcessingAsync(second)));

        // Every user enters the queue, and half of them try the other way too, on both hosts.
        var there = second.Client(await SignInAsync("admin@shop.local", "admin-password"));
        var answers = await Task.WhenAll(people.Select(user => RequestAsync(coupon, user))
            .Concat(people.Where(user => user % 2 == 0).Select(user =>
                (user % 4 == 0 ? Admin : there).PostAsync($"/coupons/{coupon}/issue", new { userId = user }))));
        await stop.CancelAsync();
        await schedulers;
        await TickAsync();

        Assert.All(answers, answer => Assert.True((int)answer.Status < 500, answer.Text));
        Assert.Equal(Limit, await IssuedAsync(coupon));
        Assert.Equal(0, await CountRequestsAsync("WAITING"));
        Assert.Equal(
            Limit,
            answers.Count(answer => answer.Status == HttpStatusCode.Created) + await CountRequestsAsync("COMPLETED"));

        async Task KeepProcessingAsync(ShopHost host)
        {
            while (!stop.IsCancellationRequested)
            {
                host.Clock.Advance(TimeSpan.FromMilliseconds(500));
                await ProcessAsync(host);
            }
        }
    }

    [Fact]
    public async Task Two_schedulers_at_once_process_no_entry_twice_and_lose_nobody()
    {
        var coupons = new List<long>();
        var people = await PeopleAsync(120);
        for (var i = 0; i < 3; i++)
        {
            coupons.Add(await CreateCouponAsync(quantity: 70));
            var coupon = coupons[i];
            await Task.WhenAll(people.Select(user => EnterQueueAsync(coupon, user)));
        }

        await using var second = await ShopHost.StartAsync(Shop.ConnectionString);
        var processed = 0;
        for (var tick = 0; tick < 4; tick++)
        {
            Shop.Clock.Advance(TimeSpan.FromSeconds(1));
            second.Clock.Advance(TimeSpan.FromSeconds(1));
            processed += (await Task.WhenAll(
                new[] { Shop, second, Shop, second }.Select(host => Task.Run(() => ProcessAsync(host))))).Sum();
        }

        Assert.Equal(360, processed);
        Assert.Equal(
            (0L, 210L, 150L),
            (
                await CountRequestsAsync("WAITING"),
                await CountRequestsAsync("COMPLETED"),
                await CountRequestsAsync("FAILED")));
        foreach (var coupon in coupons)
            Assert.Equal(70, await IssuedAsync(coupon));
        Assert.Equal(0, await Shop.QueryAsync<long>("""
            select count(*) from coupons.requests r left
                join coupons.user_coupons u on u.user_coupon_id = r.user_coupon_id
            where r.status = 'COMPLETED' and (u.user_id <> r.user_id or u.coupon_id <> r.coupon_id
                or u.user_coupon_id is null)
            """));
    }

    [Fact]
    public async Task A_scheduler_killed_while_it_processes_has_processed_nothing()
    {
        var coupon = await CreateCouponAsync(quantity: 5);
        var requests = new List<Guid>();
        foreach (var user in await PeopleAsync(8))
            requests.Add(await EnterQueueAsync(coupon, user));

        await using (var connection = new NpgsqlConnection(Shop.ConnectionString))
        {
            await connection.OpenAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            await using var hold = new NpgsqlCommand(
                $"select from coupons.requests where request_id = '{requests[^1]}' for update",
                connection,
                transaction);
            await hold.ExecuteNonQueryAsync();
            await KillAsync(TickAsync());
        }

        Assert.Equal(new CouponCount(Issued: 0, Remaining: 5), await CountAsync(coupon));
        Assert.Equal(8, await CountRequestsAsync("WAITING"));
        await TickAsync();
        await AssertFirstFiveServedAsync(coupon, requests);
    }

    [Fact]
    public async Task A_scheduler_killed_while_it_commits_leaves_all_or_nothing()
    {
        var coupon = await CreateCouponAsync(quantity: 5);
        var requests = new List<Guid>();
        foreach (var user in await PeopleAsync(8))
            requests.Add(await EnterQueueAsync(coupon, user));
        // A check that PostgreSQL makes as part of the commit, and that waits for us.
        await Shop.ExecuteAsync("""
            create function coupons.hold() returns trigger language plpgsql
                as $$ begin perform pg_advisory_xact_lock(1); return null; end $$;
            create constraint trigger hold after update on coupons.requests deferrable initially deferred for each row
                execute function coupons.hold();
            """);

        await using (var connection = new NpgsqlConnection(Shop.ConnectionString))
        {
            await connection.OpenAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            await using var hold = new NpgsqlCommand("select pg_advisory_xact_lock(1)", connection, transaction);
            await hold.ExecuteNonQueryAsync();
            await KillAsync(TickAsync());
        }

        Assert.Equal(new CouponCount(Issued: 0, Remaining: 5), await CountAsync(coupon));
        await TickAsync();
        await AssertFirstFiveServedAsync(coupon, requests);
    }

    // Waits until the tick is stuck on our lock, then ends its session as a crash would.
    private async Task KillAsync(Task<int> tick)
    {
        long killed;
        do
        {
            killed = await Shop.QueryAsync<long>("""
                select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database()
                    and wait_event_type = 'Lock'
                """);
        }
        while (killed == 0 && !tick.IsCompleted);
        Assert.Equal(1, killed);
        Assert.Equal(0, await tick);
    }

    private async Task AssertFirstFiveServedAsync(long coupon, List<Guid> requests)
    {
        Assert.Equal(5, await IssuedAsync(coupon));
        var processed = await Task.WhenAll(requests.Select(ReadRequestAsync));
        Assert.Equal(
            [.. Enumerable.Repeat("COMPLETED", 5), .. Enumerable.Repeat("FAILED", 3)],
            processed.Select(request => request["status"].GetString()));
    }
}
