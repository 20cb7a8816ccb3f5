using Shop.AttackTests.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Shop.AttackTests.Faults;

/// <summary>Event handlers that meet a held row, fail for some events or for all, or are of a newer build.</summary>
public sealed class EventTests(AttackedShop shop, ITestOutputHelper output) : FaultTest(shop, output)
{
    private const int Others = 30;
    private const int Concerned = 2;
    private const int ConcernedPerSecond = 5;
    private const int OpenOrders = 10;

    private const string CountSales = "ranking.count-sales";

    private const string SalesFail = """
        create table public.failing_sales (product_id bigint);
        create function public.fail_sale() returns trigger language plpgsql as $$
        begin
            if exists (select from public.failing_sales f where f.product_id in (new.product_id, 0)) then
                raise exception 'these sales can not be counted';
            end if;
            return new;
        end $$;
        create trigger fail_sale before insert on ranking.daily_sales
            for each row execute function public.fail_sale()
        """;

    private const string SalesDoNotFail = "drop function public.fail_sale cascade; drop table public.failing_sales";

    // Retries come soon, and none is the last.
    private protected override Dictionary<string, string> Settings => new()
    {
        ["Outbox:RetryDelay"] = "00:00:00.5",
        ["Outbox:MaxRetryDelay"] = "00:00:01",
        ["Outbox:MaxAttempts"] = "100",
    };

    [Fact]
    public async Task A_handler_that_fails_for_one_product_handles_the_events_of_the_others()
    {
        var failing = Shop.FirstProduct + 40_001;
        await Shop.ExecuteAsync(SalesFail);
        try
        {
            await SellingAsync(failing, () => AssertGoesOnAsync(
                CountedAsync, () => FailAsync(failing), seconds: 3, settled: UntilKeptUpAsync));
        }
        finally
        {
            await Shop.ExecuteAsync(SalesDoNotFail);
        }
    }

    [Fact]
    public async Task A_held_row_of_one_product_holds_up_the_events_of_no_other()
    {
        var held = Shop.FirstProduct + 40_000;
        await Shop.ExecuteAsync($"""
            insert into ranking.daily_sales (day, product_id, quantity)
            select (now() at time zone time_zone)::date, {held}, 0 from ranking.zones where until = 'infinity'
            """);
        await SellingAsync(held, () => AssertGoesOnAsync(
            CountedAsync,
            async () => await HeldRow.TakeAsync(
                Shop, $"select from ranking.daily_sales where product_id = {held} for update"),
            seconds: 3,
            settled: UntilKeptUpAsync));
    }

    [Fact]
    public async Task A_handler_that_fails_for_three_events_in_a_hundred_handles_the_others()
    {
        var buyers = await Shop.RegularsAsync(Host, Others);
        await Shop.ExecuteAsync(SalesFail);
        try
        {
            await using var others = CheckingOut(Host, buyers, AnyProduct);
            await AssertGoesOnAsync(
                CountedAsync,
                () => FailAsync([.. Enumerable.Range(0, 30).Select(n => Shop.FirstProduct + 10_000 + 33 * n)]),
                seconds: 4,
                settled: UntilKeptUpAsync);
            await others.LeaveAsync();
            Tell(others);
            others.Answers.AssertOnly(201);
            await UntilDeliveredAsync();
            await AssertConsistentAsync();
        }
        finally
        {
            await Shop.ExecuteAsync(SalesDoNotFail);
        }
    }

    [Fact]
    public async Task A_handler_that_always_fails_holds_up_no_other_handler()
    {
        var buyers = await Shop.RegularsAsync(Host, Others);
        await Shop.ExecuteAsync(SalesFail);
        try
        {
            await using var paying = Paying(buyers);
            // Zero stands for all products.
            await AssertGoesOnAsync(SettledAsync, () => FailAsync(0), seconds: 3, settled: UntilKeptUpAsync);
            await paying.LeaveAsync();
            Tell(paying);
            paying.Answers.AssertOnly(201);
            await UntilDeliveredAsync();
            await AssertConsistentAsync();
        }
        finally
        {
            await Shop.ExecuteAsync(SalesDoNotFail);
        }
    }

    [Fact]
    public async Task A_held_stock_row_holds_up_the_reservations_of_no_other_product()
    {
        var held = Shop.FirstProduct + 40_002;
        var buyers = await Shop.RegularsAsync(Host, Others + Concerned);
        var client = Client(Host);
        await using var paying = Paying([.. buyers.Take(Others)]);

        await AssertGoesOnAsync(
            SettledAsync,
            async () =>
            {
                var orders = new List<(Customer Buyer, string OrderId)>();
                foreach (var buyer in buyers.Skip(Others))
                {
                    for (var i = 0; i < OpenOrders; i++)
                        orders.Add((buyer, await PlaceAsync(client, buyer, held)));
                }

                var row = await HeldRow.TakeAsync(
                    Shop, $"select from catalog.stock where product_id = {held} for update");
                foreach (var (buyer, orderId) in orders)
                    Assert.Equal(201, await PayAsync(client, buyer, orderId));
                return row;
            },
            seconds: 3,
            settled: UntilKeptUpAsync);

        await paying.LeaveAsync();
        Tell(paying);
        paying.Answers.AssertOnly(201);
        await UntilDeliveredAsync();
        Assert.Equal(3 * Concerned * OpenOrders, await SoldAsync(held));
        await AssertConsistentAsync();
    }

    [Fact]
    public async Task What_an_older_build_delivers_waits_for_a_handler_of_a_newer_one()
    {
        const string Newer = "probe.newer";
        var buyer = (await Shop.RegularsAsync(Host, 1))[0];
        await Shop.ExecuteAsync($"""
            insert into ordering.subscriptions (handler, event_type, registered_at)
            select '{Newer}', event_type, now() from ordering.subscriptions where handler = '{CountSales}'
            """);
        try
        {
            var product = AnyProduct();
            Assert.Equal(201, await Client(Host).SendAsync(
                HttpMethod.Post, "/checkout", Order(buyer, product), buyer));
            await UntilAsync(
                async () => await Shop.QueryAsync<long>("select count(*) from ordering.outbox") == 0,
                "the event is delivered");
            Assert.Equal("1 WAITING 0", await Shop.QueryAsync<string>($"""
                select count(*) || ' ' || max(status) || ' ' || max(attempts)
                from ordering.outbox_failures where handler = '{Newer}'
                """));
            await AssertConsistentAsync();
        }
        finally
        {
            await Shop.ExecuteAsync($"""
                delete from ordering.subscriptions where handler = '{Newer}';
                delete from ordering.outbox_failures where handler = '{Newer}'
                """);
        }
    }

    /// <summary>Runs it while the product and others are sold; afterwards no sale may be missing.</summary>
    private async Task SellingAsync(long product, Func<Task> run)
    {
        var buyers = await Shop.RegularsAsync(Host, Others + 1);
        var client = Client(Host);
        using var over = new CancellationTokenSource();
        await using var others = CheckingOut(Host, [.. buyers.Take(Others)], AnyProduct);
        var selling = Load.RunAsync(
            ConcernedPerSecond,
            atOnce: ConcernedPerSecond,
            _ => client.SendAsync(HttpMethod.Post, "/checkout", Order(buyers[Others], product), buyers[Others]),
            over.Token);
        await run();
        await over.CancelAsync();
        var concerned = await selling;
        await others.LeaveAsync();
        Tell($"others: {others}; the product: {concerned}");
        others.Answers.AssertOnly(201);
        concerned.AssertOnly(201);
        await UntilDeliveredAsync();
        Assert.Equal(concerned[201], await Shop.QueryAsync<long>(
            $"select sum(quantity)::bigint from ranking.daily_sales where product_id = {product}"));
        await AssertConsistentAsync();
    }

    /// <summary>Customers who place an order and pay it: its stock is settled by its event.</summary>
    private Crowd Paying(IReadOnlyList<Customer> buyers)
    {
        var client = Client(Host);
        return new Crowd(buyers.Count, async number =>
            await PayAsync(client, buyers[number], await PlaceAsync(client, buyers[number], AnyProduct())));
    }

    private static async Task<string> PlaceAsync(HttpClient client, Customer buyer, long product)
    {
        var body = new { userId = buyer.UserId, items = new[] { new { productId = product, quantity = 1 } } };
        var order = await client.ReadAsync(HttpMethod.Post, "/orders", buyer.Authorization, body);
        return order.GetProperty("orderId").GetString()!;
    }

    private static Task<int> PayAsync(HttpClient client, Customer buyer, string orderId) =>
        client.SendAsync(HttpMethod.Post, "/payments", $$"""{"orderId":"{{orderId}}"}""", buyer);

    private async Task<IAsyncDisposable> FailAsync(params long[] products)
    {
        await Shop.ExecuteAsync(
            $"insert into public.failing_sales select unnest('{{{string.Join(',', products)}}}'::bigint[])");
        return new Failing(Shop);
    }

    /// <summary>Sales of the others that are counted.</summary>
    private Task<long> CountedAsync() => Shop.QueryAsync<long>($"""
        select coalesce(sum(quantity), 0)::bigint from ranking.daily_sales
        where product_id between {Shop.FirstProduct + 10_000} and {Shop.FirstProduct + 20_000}
        """);

    /// <summary>Stock movements so far: the payments' events write them.</summary>
    private Task<long> SettledAsync() => Shop.QueryAsync<long>(
        "select pg_sequence_last_value(pg_get_serial_sequence('catalog.stock_movements', 'movement_id')::regclass)");

    private Task<long> SoldAsync(long product) => Shop.QueryAsync<long>(
        $"select count(*) from catalog.stock_movements where product_id = {product} and type = 'SALE'");

    private sealed class Failing(AttackedShop shop) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await shop.ExecuteAsync("delete from public.failing_sales");
    }
}
