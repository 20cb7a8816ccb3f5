using System.Diagnostics;
using System.Text.Json;
using Shop.AttackTests.Testing;
using Shop.HostProcesses;
using Xunit;
using Xunit.Abstractions;

namespace Shop.AttackTests.Faults;

/// <summary>One host's clock is off (libfaketime): the database's decides.</summary>
public sealed class ClockTests(AttackedShop shop, ITestOutputHelper output) : FaultTest(shop, output)
{
    private const int Others = 30;

    private static readonly TimeSpan Close = TimeSpan.FromSeconds(3);

    private protected override Dictionary<string, string> Settings =>
        new() { ["Ordering:ExpiryInterval"] = "00:00:01" };

    [FaketimeTheory]
    [InlineData(20)]
    [InlineData(-20)]
    public async Task A_host_that_starts_a_little_off_warns_and_goes_by_the_databases_clock(int seconds)
    {
        using var clock = new FakedClock(TimeSpan.FromSeconds(seconds));
        await using var metrics = await MetricsCollector.StartAsync();
        var off = await StartHostAsync(clock, metrics.Settings);
        var client = Client(off);
        var customer = (await Shop.RegularsAsync(Host, 1))[0];

        Assert.Contains("s off the database", await off.ReadLogAsync(), StringComparison.Ordinal);
        await UntilAsync(() => Task.FromResult(metrics.Find("shop.clock.skew") is not null), "the gauge is exported");
        Assert.InRange(metrics.Find("shop.clock.skew")!.Value, seconds - 2, seconds + 2);

        var order = await PlaceAsync(client, customer);
        AssertClose(await NowAsync(), order.GetProperty("createdAt").GetDateTimeOffset());
        AssertClose(await NowAsync() + TimeSpan.FromMinutes(15), order.GetProperty("expiresAt").GetDateTimeOffset());
        await AssertIssuesInTimeAsync(client, customer, TimeSpan.FromSeconds(10));
        await AssertServesQueueAsync(client, customer);
        await AssertConsistentAsync();
    }

    [FaketimeTheory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task A_clock_that_goes_off_by_an_hour_changes_nothing_for_anybody(int hours)
    {
        using var clock = new FakedClock(TimeSpan.Zero);
        var off = await StartHostAsync(clock);
        var (client, right) = (Client(off), Client(Host));
        var customers = await Shop.RegularsAsync(Host, Others + 10);
        var customer = customers[0];
        await using (var others = CheckingOut(Host, [.. customers.Take(Others)], AnyProduct))
        await using (var there = CheckingOut(off, [.. customers.Skip(Others)], AnyProduct))
        {
            await AssertGoesOnAsync(
                others, rounds: 2, begin: () => Task.FromResult<IAsyncDisposable>(SetOff(clock, hours)));
            await others.LeaveAsync();
            await there.LeaveAsync();
            Tell($"others: {others}; on the host whose clock goes off: {there}");
            others.Answers.AssertOnly(201);
            there.Answers.AssertOnly(201);
        }

        var (open, overdue) = (await PlaceAsync(right, customer), await PlaceAsync(right, customer));
        await Shop.ExecuteAsync($"""
            update ordering.orders set expires_at = now() - interval '1 s' where order_id = '{IdOf(overdue)}'
            """);
        using (SetOff(clock, hours))
        {
            // Alone, so that all that happens is its doing.
            Host.Pause();
            await UntilAsync(async () => await StatusAsync(overdue) == "EXPIRED", "the overdue order has expired");
            Assert.Equal("CREATED", await StatusAsync(open));
            Assert.Equal(201, await client.SendAsync(
                HttpMethod.Post, "/payments", $$"""{"orderId":"{{IdOf(open)}}"}""", customer));
            await AssertIssuesInTimeAsync(client, customer, TimeSpan.FromMinutes(10));
            await AssertServesQueueAsync(client, customer);
            Host.Resume();
            // Its entries do not stop the queue at the other host.
            await AssertServesQueueAsync(right, customer);
        }

        await UntilDeliveredAsync();
        await AssertConsistentAsync();
    }

    [FaketimeTheory]
    [InlineData(40)]
    [InlineData(-40)]
    public async Task A_host_that_is_far_off_does_not_start(int seconds)
    {
        using var clock = new FakedClock(TimeSpan.FromSeconds(seconds));
        var host = NewHost(clock);

        Assert.Equal(69, await host.StartInVainAsync(CancellationToken.None));
        Assert.Contains("Synchronize the clocks", await host.ReadLogAsync(), StringComparison.Ordinal);
    }

    private static SetBack SetOff(FakedClock clock, int hours)
    {
        clock.Set(TimeSpan.FromHours(hours));
        return new SetBack(clock);
    }

    /// <summary>
    /// A coupon that is issued from a while on is refused, and one that was so a while ago is issued.
    /// </summary>
    private async Task AssertIssuesInTimeAsync(HttpClient client, Customer customer, TimeSpan apart)
    {
        var now = await NowAsync();
        Assert.Equal(409, await IssueAsync(await CouponAsync(now + apart)));
        Assert.Equal(201, await IssueAsync(await CouponAsync(now - apart)));
        AssertClose(await NowAsync(), await TimeAsync(
            $"select max(issued_at) from coupons.user_coupons where user_id = {customer.UserId}"));

        Task<int> IssueAsync(long coupon) => client.SendAsync(
            HttpMethod.Post, $"/coupons/{coupon}/issue", $$"""{"userId":{{customer.UserId}}}""", customer);
    }

    private async Task AssertServesQueueAsync(HttpClient client, Customer customer)
    {
        var coupon = await CouponAsync(await NowAsync() - TimeSpan.FromDays(1));
        // The second one finds a queue that has just been processed.
        foreach (var asking in (await Shop.RegularsAsync(Host, 2)).Append(customer).DistinctBy(one => one.UserId))
        {
            var since = Stopwatch.StartNew();
            var request = await client.ReadAsync(
                HttpMethod.Post, $"/coupons/{coupon}/requests", asking.Authorization, new { userId = asking.UserId });
            var path = $"/coupon-requests/{request.GetProperty("requestId").GetString()}";
            await UntilAsync(
                async () => (await client.ReadAsync(HttpMethod.Get, path, asking.Authorization))
                    .GetProperty("status").GetString() == "COMPLETED",
                "the coupon is issued");
            Tell($"served after {since.Elapsed}");
            Assert.InRange(since.Elapsed, TimeSpan.Zero, Close);
        }
    }

    private async Task<JsonElement> PlaceAsync(HttpClient client, Customer customer)
    {
        var items = new[] { new { productId = AnyProduct(), quantity = 1 } };
        return await client.ReadAsync(
            HttpMethod.Post, "/orders", customer.Authorization, new { userId = customer.UserId, items });
    }

    private Task<string> StatusAsync(JsonElement order) => Shop.QueryAsync<string>(
        $"select status from ordering.orders where order_id = '{IdOf(order)}'");

    private static string IdOf(JsonElement order) => order.GetProperty("orderId").GetString()!;

    private async Task<long> CouponAsync(DateTimeOffset issueFrom) => await Shop.QueryAsync<long>($"""
        insert into coupons.coupons
            (name, discount_type, discount_value, quantity, issue_from, issue_until, valid_from, valid_until,
                created_at)
        values ('In time', 'FIXED', 1, 100, '{issueFrom:O}', now() + interval '2 days',
            now() - interval '2 days', now() + interval '3 days', now())
        returning coupon_id
        """);

    private Task<DateTimeOffset> NowAsync() => TimeAsync("select now()");

    private async Task<DateTimeOffset> TimeAsync(string sql) => new(await Shop.QueryAsync<DateTime>(sql));

    private static void AssertClose(DateTimeOffset expected, DateTimeOffset actual) =>
        Assert.InRange(actual, expected - Close, expected + Close);

    private sealed class SetBack(FakedClock clock) : IDisposable, IAsyncDisposable
    {
        public void Dispose() => clock.Set(TimeSpan.Zero);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
