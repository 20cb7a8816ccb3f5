using Shop.AttackTests.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Shop.AttackTests.Faults;

/// <summary>
/// More callers than the pool has connections want the same coupon at once, while each flush takes long.
/// </summary>
public sealed class CouponIssueTests(AttackedShop shop, ITestOutputHelper output) : FaultTest(shop, output)
{
    private const int Others = 16;
    private const int Wanting = 48;
    private const int PerSecond = 300;
    private const int AtOnce = 200;
    private const int Coupons = 200;

    // A flush waits 10 ms before it is done, as on a slow disk.
    private const string SlowFlush = """
        alter system set fsync = on;
        alter system set synchronous_commit = on;
        alter system set commit_delay = 10000;
        alter system set commit_siblings = 0;
        select pg_reload_conf()
        """;

    private const string FastFlush = "alter system reset all; select pg_reload_conf()";

    [Fact]
    public async Task Who_wants_something_else_is_served()
    {
        var people = await Shop.RegularsAsync(Host, Others + Wanting);
        var (buyers, wanting) = (people.Take(Others).ToList(), people.Skip(Others).ToList());
        var first = await CouponsAsync();
        var (client, callers) = (Client(Host), Client(Host));
        var issued = new Tally();
        var next = -1;
        await SetFlushAsync(SlowFlush);
        try
        {
            await using var others = new Crowd(Others, async number => Random.Shared.Next(2) == 0
                ? await client.SendAsync(
                    HttpMethod.Get, $"/users/{buyers[number].UserId}/balance", null, buyers[number])
                : await client.SendAsync(
                    HttpMethod.Post, "/checkout", Order(buyers[number], AnyProduct()), buyers[number]));

            await AssertGoesOnAsync(others, () => Task.FromResult<IAsyncDisposable>(new Rush(IssueAsync, issued)));

            await others.LeaveAsync();
            Tell($"others: {others}; issued: {issued}");
            others.Answers.AssertOnly(200, 201);
        }
        finally
        {
            await SetFlushAsync(FastFlush);
        }

        issued.AssertOnly(201);
        Assert.Equal(issued[201], await Shop.QueryAsync<long>(
            $"select count(*) from coupons.user_coupons where coupon_id >= {first}"));
        await UntilDeliveredAsync();
        await AssertConsistentAsync();

        // Each has each coupon once, and those who want the same one come together.
        Task<int> IssueAsync()
        {
            var number = Interlocked.Increment(ref next);
            var customer = wanting[number % Wanting];
            return callers.SendAsync(
                HttpMethod.Post,
                $"/coupons/{first + number / Wanting}/issue",
                $$"""{"userId":{{customer.UserId}}}""",
                customer);
        }
    }

    // Each statement by itself: the server's settings change outside transactions alone.
    private async Task SetFlushAsync(string statements)
    {
        foreach (var statement in statements.Split(';'))
            await Shop.ExecuteAsync(statement);
    }

    private async Task<long> CouponsAsync()
    {
        await Shop.ExecuteAsync($"""
            insert into coupons.coupons
                (name, discount_type, discount_value, quantity, issue_from, issue_until, valid_from, valid_until,
                    created_at)
            select 'Issued at once', 'FIXED', 1, 1000, now() - interval '1 day', now() + interval '1 day',
                now() - interval '1 day', now() + interval '2 days', now()
            from generate_series(1, {Coupons})
            """);
        return await Shop.QueryAsync<long>($"select max(coupon_id) - {Coupons - 1} from coupons.coupons");
    }

    private sealed class Rush : IAsyncDisposable
    {
        private readonly CancellationTokenSource over = new();
        private readonly Task running;

        public Rush(Func<Task<int>> send, Tally answers) => running = Load.RunAsync(
            PerSecond,
            AtOnce,
            async _ =>
            {
                var status = await send();
                answers.Count(status);
                return status;
            },
            over.Token);

        public async ValueTask DisposeAsync()
        {
            await over.CancelAsync();
            await running;
            over.Dispose();
        }
    }
}
