using System.Diagnostics;
using Shop.AttackTests.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Shop.AttackTests.Faults;

/// <summary>Many coupons' queues, and long ones: each is processed whatever the others hold.</summary>
public sealed class CouponQueueTests(AttackedShop shop, ITestOutputHelper output) : FaultTest(shop, output)
{
    private const string Deadlocks = "select deadlocks from pg_stat_database where datname = current_database()";

    [Fact]
    public async Task A_long_sold_out_queue_holds_up_no_other_and_no_checkout()
    {
        const int Waiting = 200_000;
        var people = await Shop.RegularsAsync(Host, 34);
        var asking = people.Skip(32).ToList();
        var client = Client(Host);
        await using var others = CheckingOut(Host, [.. people.Take(32)], AnyProduct);
        var served = new List<TimeSpan>();

        await AssertGoesOnAsync(others, rounds: 2, begin: async () =>
        {
            var soldOut = await CouponsAsync(1, quantity: 1);
            await Shop.ExecuteAsync($"""
                insert into coupons.user_coupons (coupon_id, user_id, status, issued_at)
                values ({soldOut}, {people[0].UserId}, 'AVAILABLE', now());
                update coupons.coupons set issued = 1 where coupon_id = {soldOut};
                insert into coupons.requests (request_id, coupon_id, user_id, ticket, status, requested_at)
                select gen_random_uuid(), {soldOut}, 1000000 + n, coupons.next_ticket({soldOut}), 'WAITING', now()
                from generate_series(1, {Waiting}) as n
                """);
            foreach (var customer in asking)
                served.Add(await ServeAsync(client, customer, await CouponsAsync(1, quantity: 10)));
            var left = await WaitingAsync(soldOut);
            Tell($"{left} of {Waiting} wait while others are served after {string.Join(", ", served)}");
            Assert.NotEqual(0, left);
            return new Drained(async () => await UntilAsync(
                async () => await WaitingAsync(soldOut) == 0, "the sold-out queue is failed", seconds: 60));
        });

        Assert.All(served, time => Assert.InRange(time.TotalSeconds, 0, 2));
        await others.LeaveAsync();
        others.Answers.AssertOnly(201);
        await AssertConsistentAsync();
    }

    [Fact]
    public async Task A_thousand_queues_are_processed_side_by_side()
    {
        const int Queues = 1_000;
        var people = await Shop.RegularsAsync(Host, 10);
        var times = new List<double>();
        for (var round = 0; round < 2; round++)
        {
            var first = await CouponsAsync(Queues, quantity: 5);
            await FillAsync(first, people);
            var since = Stopwatch.StartNew();
            await UntilAsync(async () => await WaitingAsync(first) == 0, "all are settled");
            times.Add(since.Elapsed.TotalSeconds);
            Assert.Equal(5L * Queues, await IssuedAsync(first));
        }

        Tell($"{Queues} queues took {string.Join(" s, ", times)} s, up to a second of it until the tick");
        Assert.InRange(times.Min(), 0, 3);
        await AssertConsistentAsync();
    }

    [Fact]
    public async Task Two_hosts_process_queues_that_sell_out_without_a_deadlock()
    {
        const int Queues = 40;
        var another = await StartHostAsync();
        var people = await Shop.RegularsAsync(Host, 60);
        var deadlocks = await Shop.QueryAsync<long>(Deadlocks);
        for (var round = 0; round < 4; round++)
        {
            var first = await CouponsAsync(Queues, quantity: 20);
            await FillAsync(first, people);
            await UntilAsync(async () => await WaitingAsync(first) == 0, "all are settled");
            Assert.Equal(20L * Queues, await IssuedAsync(first));
        }

        Assert.Equal(deadlocks, await Shop.QueryAsync<long>(Deadlocks));
        foreach (var host in (HostProcesses.HostProcess[])[Host, another])
            Assert.DoesNotContain("40P01", await host.ReadLogAsync(), StringComparison.Ordinal);
        await AssertConsistentAsync();
    }

    /// <returns>The time from the request to the coupon.</returns>
    private static async Task<TimeSpan> ServeAsync(HttpClient client, Customer customer, long coupon)
    {
        var since = Stopwatch.StartNew();
        var request = await client.ReadAsync(
            HttpMethod.Post, $"/coupons/{coupon}/requests", customer.Authorization, new { userId = customer.UserId });
        var path = $"/coupon-requests/{request.GetProperty("requestId").GetString()}";
        await UntilAsync(
            async () => (await client.ReadAsync(HttpMethod.Get, path, customer.Authorization))
                .GetProperty("status").GetString() == "COMPLETED",
            "the coupon is issued");
        return since.Elapsed;
    }

    /// <returns>The first one's id; the others follow it.</returns>
    private async Task<long> CouponsAsync(int count, int quantity)
    {
        await Shop.ExecuteAsync($"""
            insert into coupons.coupons
                (name, discount_type, discount_value, quantity, issue_from, issue_until, valid_from, valid_until,
                    created_at)
            select 'Queued for', 'FIXED', 1, {quantity}, now() - interval '1 day', now() + interval '1 day',
                now() - interval '1 day', now() + interval '2 days', now()
            from generate_series(1, {count})
            """);
        return await Shop.QueryAsync<long>($"select max(coupon_id) - {count - 1} from coupons.coupons");
    }

    private Task FillAsync(long first, IEnumerable<Customer> people) => Shop.ExecuteAsync($"""
        insert into coupons.requests (request_id, coupon_id, user_id, ticket, status, requested_at)
        select gen_random_uuid(), coupon_id, user_id, coupons.next_ticket(coupon_id), 'WAITING', now()
        from coupons.coupons,
            unnest(array[{string.Join(',', people.Select(customer => customer.UserId))}]::bigint[]) as user_id
        where coupon_id >= {first}
        """);

    private Task<long> WaitingAsync(long first) => Shop.QueryAsync<long>(
        $"select count(*) from coupons.requests where coupon_id >= {first} and status = 'WAITING'");

    private Task<long> IssuedAsync(long first) => Shop.QueryAsync<long>(
        $"select count(*) from coupons.user_coupons where coupon_id >= {first}");

    private sealed class Drained(Func<Task> until) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await until();
    }
}
