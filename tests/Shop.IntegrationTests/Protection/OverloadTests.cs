using System.Diagnostics;
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
        var customer = await SignUpAsync();
        await using var host = await ShopHost.StartAsync(
            Shop.ConnectionString, new Dictionary<string, string> { ["Overload:MaximumConcurrency"] = "1", ["Overload:QueueLength"] = "0" });
        await using var stuck = await HeldWallet.TakeAsync(Shop.ConnectionString, customer.UserId);
        var working = host.Client(await SignInAsync(customer.Email, "correct horse")).PostAsync($"/users/{customer.UserId}/balance/charges", new { amount = 1_000 });
        await stuck.WaitForWaitersAsync(1);

        var refused = (await host.Client().GetAsync("/products")).ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        Assert.True(refused.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1));
        (await host.Client().GetAsync("//health/ready")).Expect(HttpStatusCode.OK);

        await stuck.LetGoAsync();
        (await working).Expect(HttpStatusCode.OK);
        (await host.Client().GetAsync("/products")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_request_that_takes_too_long_ends_and_leaves_nothing()
    {
        var customer = await SignUpAsync();
        await using var host = await ShopHost.StartAsync(Shop.ConnectionString, new Dictionary<string, string> { ["Overload:RequestTimeout"] = "00:00:01" });
        await using var stuck = await HeldWallet.TakeAsync(Shop.ConnectionString, customer.UserId);
        var client = host.Client(await SignInAsync(customer.Email, "correct horse"));
        var charge = await client.PostAsync($"/users/{customer.UserId}/balance/charges", new { amount = 1_000 });
        charge.ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        Assert.True(charge.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1));

        await stuck.LetGoAsync();
        Assert.Equal(0, await customer.BalanceAsync());
        (await client.PostAsync($"/users/{customer.UserId}/balance/charges", new { amount = 1_000 })).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Five_times_as_many_as_connections_fail_fast_while_all_are_stuck_and_recover_at_once()
    {
        var customer = await SignUpAsync();
        var stuck = await HeldWallet.TakeAsync(Shop.ConnectionString, customer.UserId);
        var charges = Enumerable.Range(0, 50).Select(_ => TimedAsync(() => ChargeAsync(customer))).ToList();

        // Ten hold a connection each and wait for the wallet; the others wait for a connection, or for their turn to do so.
        var open = charges.ToList<Task>();
        while (open.Count > 10)
            open.Remove(await Task.WhenAny(open));
        var turnedAway = charges.Where(charge => charge.IsCompleted).Select(charge => charge.Result).ToList();
        Assert.All(turnedAway, charge => charge.Answer.ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable"));
        Assert.All(turnedAway, charge => Assert.InRange(charge.Took, TimeSpan.Zero, TimeSpan.FromSeconds(2)));

        await stuck.DisposeAsync();
        var recovery = Stopwatch.StartNew();
        var after = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => customer.GetAsync($"/users/{customer.UserId}/balance")));
        Assert.InRange(recovery.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.All(after, answer => answer.Expect(HttpStatusCode.OK));
        var charged = (await Task.WhenAll(charges)).Count(charge => charge.Answer.Status == HttpStatusCode.OK);
        Assert.Equal(charged * 1_000, await customer.BalanceAsync());
    }

    private static Task<Answer> ChargeAsync(Customer customer) => customer.PostAsync($"/users/{customer.UserId}/balance/charges", new { amount = 1_000 });

    private static async Task<(Answer Answer, TimeSpan Took)> TimedAsync(Func<Task<Answer>> ask)
    {
        var watch = Stopwatch.StartNew();
        return (await ask(), watch.Elapsed);
    }

    /// <summary>A wallet that somebody has locked and does not let go.</summary>
    private sealed class HeldWallet(NpgsqlConnection connection, NpgsqlTransaction transaction) : IAsyncDisposable
    {
        public static async Task<HeldWallet> TakeAsync(string connectionString, long userId)
        {
            var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync();
            var transaction = await connection.BeginTransactionAsync();
            await using var lockWallet = new NpgsqlCommand($"select 1 from wallet.wallets where user_id = {userId} for update", connection);
            Assert.Equal(1, await lockWallet.ExecuteScalarAsync());
            return new HeldWallet(connection, transaction);
        }

        /// <summary>Until so many sessions stand before the lock.</summary>
        public async Task WaitForWaitersAsync(int count)
        {
            await using var wait = new NpgsqlCommand(
                $"""
                do $$ begin
                    while (select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock') < {count} loop
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
