using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using Npgsql;
using Shop.IntegrationTests.Coupons;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Protection;

public sealed class OverloadTests : CouponTest
{
    [Fact]
    public async Task Two_hundred_at_once_share_ten_connections()
    {
        var people = await PeopleAsync(200);
        var (atOnce, line) = (await CreateCouponAsync(quantity: 200), await CreateCouponAsync(quantity: 200));
        var issued = await Task.WhenAll(people.Select(user => IssueAsync(atOnce, user)));
        var waiting = await Task.WhenAll(people.Select(user => RequestAsync(line, user)));
        Assert.All(issued, answer => answer.Expect(HttpStatusCode.Created));
        Assert.All(waiting, answer => answer.Expect(HttpStatusCode.Accepted));
    }

    [Fact]
    public async Task Who_finds_no_place_and_no_queue_is_sent_away_at_once()
    {
        var (coupon, people) = (await CreateCouponAsync(), await PeopleAsync(1));
        await using var host = await ShopHost.StartAsync(
            Shop.ConnectionString,
            new Dictionary<string, string> { ["Overload:MaximumConcurrency"] = "1", ["Overload:QueueLength"] = "0" });
        var admin = host.Client(await SignInAsync("admin@shop.local", "admin-password"));
        await using var held = await LockedCoupon.TakeAsync(Shop.ConnectionString, coupon);
        var working = admin.PostAsync($"/coupons/{coupon}/issue", new { userId = people[0] });
        await held.WaitForLockAsync();

        var refused = (await host.Client().GetAsync("/products")).ExpectProblem(
            HttpStatusCode.ServiceUnavailable, "unavailable");
        Assert.True(refused.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1));
        (await host.Client().GetAsync("//health/ready")).Expect(HttpStatusCode.OK);

        await held.LetGoAsync();
        (await working).Expect(HttpStatusCode.Created);
        (await host.Client().GetAsync("/products")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_request_that_takes_too_long_ends_and_leaves_nothing()
    {
        var coupon = await CreateCouponAsync(quantity: 1);
        await using var host = await ShopHost.StartAsync(
            Shop.ConnectionString, new Dictionary<string, string> { ["Overload:RequestTimeout"] = "00:00:01" });
        var admin = host.Client(await SignInAsync("admin@shop.local", "admin-password"));
        await using var held = await LockedCoupon.TakeAsync(Shop.ConnectionString, coupon);
        var late = (await admin.PatchAsync($"/admin/coupons/{coupon}", new { name = "Late" })).ExpectProblem(
            HttpStatusCode.ServiceUnavailable, "unavailable");
        Assert.True(late.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1));

        await held.LetGoAsync();
        Assert.Equal("Welcome", await Shop.QueryAsync<string>("select name from coupons.coupons"));
        (await Admin.PatchAsync($"/admin/coupons/{coupon}", new { name = "In time" })).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Five_times_as_many_as_connections_fail_fast_while_all_are_stuck_and_recover_at_once()
    {
        var coupon = await CreateCouponAsync(quantity: 100);
        await using var held = await LockedCoupon.TakeAsync(Shop.ConnectionString, coupon);
        // Not a batched command: each holds a connection.
        var asked = Enumerable.Range(0, 50)
            .Select(i => TimedAsync(() => Admin.PatchAsync($"/admin/coupons/{coupon}", new { name = $"Name {i}" })))
            .ToList();

        // Ten hold a connection each and wait for the coupon; the others wait for a connection, or for their turn to do
        // so.
        var open = asked.ToList<Task>();
        while (open.Count > 10)
            open.Remove(await Task.WhenAny(open));
        var turnedAway = asked.Where(answer => answer.IsCompleted).Select(answer => answer.Result).ToList();
        Assert.All(
            turnedAway, refused => refused.Answer.ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable"));
        Assert.All(turnedAway, refused => Assert.InRange(refused.Took, TimeSpan.Zero, TimeSpan.FromSeconds(6)));

        await held.LetGoAsync();
        var recovery = Stopwatch.StartNew();
        var after = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Anonymous.GetAsync("/products")));
        Assert.InRange(recovery.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.All(after, answer => answer.Expect(HttpStatusCode.OK));
        var renamed = (await Task.WhenAll(asked))
            .Where(answer => answer.Answer.Status == HttpStatusCode.OK)
            .Select(answer => answer.Answer["name"].GetString());
        Assert.Contains(await Shop.QueryAsync<string>("select name from coupons.coupons"), renamed.Prepend("Welcome"));
    }

    [Fact]
    public async Task A_client_that_reads_nothing_holds_no_permit()
    {
        var name = new string('가', 190);
        await Task.WhenAll(Enumerable.Range(0, 100).Select(number => CreateProductAsync(name: $"{name}{number}")));
        var settings = new Dictionary<string, string>
        {
            ["Overload:MaximumConcurrency"] = "1",
            ["Overload:RequestTimeout"] = "00:00:10",
        };
        await using var host = await ShopHost.StartAsync(Shop.ConnectionString, settings);
        var reader = host.Client();
        using var stuck = await RawConnection.OpenAsync(reader.Address, from: "127.0.0.2", receiveBuffer: 4_096);
        const string Get = "GET /api/v1/products?limit=100 HTTP/1.1\r\nHost: shop\r\n\r\n";
        await stuck.SendAsync(string.Concat(Enumerable.Repeat(Get, 400)));
        Assert.Equal(200, (await stuck.ReadAsync()).Status);

        // The only permit goes to both in turn. A hundred answers of 60 KB are more than the kernel buffers, so one of
        // them can't be written.
        for (var i = 0; i < 150; i++)
            (await reader.GetAsync("/products?limit=1")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_client_that_reads_nothing_is_cut_off()
    {
        var description = new string('가', 10_000);
        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Admin.PostAsync(
            "/admin/products", new { name = "Keyboard", description, price = 1, stock = 1 })));
        var cutOff = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var connections = new MeterListener();
        connections.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "kestrel.connection.duration")
                listener.EnableMeasurementEvents(instrument);
        };
        connections.SetMeasurementEventCallback<double>((_, _, tags, _) =>
        {
            foreach (var tag in tags)
            {
                if (tag is { Key: "error.type", Value: "min_response_data_rate" })
                    cutOff.TrySetResult();
            }
        });
        connections.Start();
        using var stuck = await RawConnection.OpenAsync(Anonymous.Address, receiveBuffer: 4_096);
        const string Get = "GET /api/v1/products?limit=100 HTTP/1.1\r\nHost: shop\r\n\r\n";
        await stuck.SendAsync(string.Concat(Enumerable.Repeat(Get, 40)));

        // At 240 bytes a second each part of an answer would have a minute.
        await cutOff.Task.WaitAsync(TimeSpan.FromSeconds(45));
    }

    [Fact]
    public async Task Writers_that_are_stuck_leave_permits_to_readers()
    {
        var (coupon, people) = (await CreateCouponAsync(quantity: 100), await PeopleAsync(20));
        await using var host = await ShopHost.StartAsync(
            Shop.ConnectionString, new Dictionary<string, string> { ["Overload:MaximumConcurrency"] = "8" });
        var admin = host.Client(await SignInAsync("admin@shop.local", "admin-password"));
        await using var held = await LockedCoupon.TakeAsync(Shop.ConnectionString, coupon);
        var stuck = people.Select(user => admin.PostAsync($"/coupons/{coupon}/issue", new { userId = user })).ToList();
        await held.WaitForLockAsync();

        for (var i = 0; i < 10; i++)
        {
            (await host.Client().GetAsync("/products")).Expect(HttpStatusCode.OK);
            (await admin.GetAsync($"/users/{people[0]}/balance")).Expect(HttpStatusCode.OK);
        }

        await held.LetGoAsync();
        await Task.WhenAll(stuck);
    }

    [Fact]
    public async Task A_statement_that_meets_a_lock_timeout_turns_no_waiter_away()
    {
        var (coupon, people) = (await CreateCouponAsync(), await PeopleAsync(1));
        await using var host = await ShopHost.StartAsync(
            Shop.ConnectionString, new Dictionary<string, string> { ["Overload:MaximumConcurrency"] = "1" });
        var admin = host.Client(await SignInAsync("admin@shop.local", "admin-password"));
        await using var held = await LockedCoupon.TakeAsync(Shop.ConnectionString, coupon);
        var stuck = admin.PostAsync($"/coupons/{coupon}/issue", new { userId = people[0] });
        await held.WaitForLockAsync();

        var waiting = Enumerable.Range(0, 5).Select(_ => host.Client().GetAsync("/products")).ToList();
        (await stuck).ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        Assert.All(await Task.WhenAll(waiting), answer => answer.Expect(HttpStatusCode.OK));
    }

    [Fact]
    public async Task A_customer_with_many_requests_at_once_leaves_permits_to_others()
    {
        var coupon = await CreateCouponAsync(quantity: 100);
        var (flooder, other) = (await SignUpAsync(), await SignUpAsync());
        await using var host = await ShopHost.StartAsync(
            Shop.ConnectionString, new Dictionary<string, string> { ["Overload:MaximumConcurrency"] = "8" });
        var attacker = host.Client(await SignInAsync(flooder.Email, "correct horse"));
        var bystander = host.Client(await SignInAsync(other.Email, "correct horse"));
        await using var held = await LockedCoupon.TakeAsync(Shop.ConnectionString, coupon);
        var stuck = Enumerable.Range(0, 20)
            .Select(_ => attacker.PostAsync($"/coupons/{coupon}/issue", new { userId = flooder.UserId }))
            .ToList();
        await held.WaitForLockAsync();

        // With all permits of the kind stuck, ten writes would each wait for a lock timeout, and the flood be over.
        for (var i = 0; i < 10; i++)
        {
            var charge = await bystander.PostAsync($"/users/{other.UserId}/balance/charges", new { amount = 1_000 });
            charge.Expect(HttpStatusCode.OK);
        }

        Assert.Contains(stuck, request => !request.IsCompleted);
        await held.LetGoAsync();
        await Task.WhenAll(stuck);
    }

    private static async Task<(Answer Answer, TimeSpan Took)> TimedAsync(Func<Task<Answer>> ask)
    {
        var watch = Stopwatch.StartNew();
        return (await ask(), watch.Elapsed);
    }

    /// <summary>A coupon that somebody has locked and does not let go.</summary>
    private sealed class LockedCoupon(NpgsqlConnection connection, NpgsqlTransaction transaction) : IAsyncDisposable
    {
        public static async Task<LockedCoupon> TakeAsync(string connectionString, long couponId)
        {
            // Outside the pool of the hosts under test.
            var connection = new NpgsqlConnection($"{connectionString};Application Name=holder");
            await connection.OpenAsync();
            var transaction = await connection.BeginTransactionAsync();
            await using var take = new NpgsqlCommand(
                $"select 1 from coupons.coupons where coupon_id = {couponId} for update", connection);
            Assert.Equal(1, await take.ExecuteScalarAsync());
            return new LockedCoupon(connection, transaction);
        }

        public async Task WaitForLockAsync()
        {
            await using var wait = new NpgsqlCommand(
                """
                do $$ begin
                    while not exists (select from pg_stat_activity where datname = current_database()
                        and wait_event_type = 'Lock') loop
                        perform pg_sleep(0.01);
                        perform pg_stat_clear_snapshot();
                    end loop;
                end $$
                """,
                connection);
            await wait.ExecuteNonQueryAsync();
        }

        public async Task LetGoAsync() => await transaction.DisposeAsync();

        public ValueTask DisposeAsync() => connection.DisposeAsync();
    }
}
