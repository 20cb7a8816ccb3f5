using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shop.BuildingBlocks.Database;
using Shop.Catalog.Contracts;
using Shop.IntegrationTests.Testing;
using Shop.Messages;
using Shop.Wallet.Contracts;
using Xunit;

namespace Shop.IntegrationTests.Batching;

/// <summary>Another session holds a row: commands that need it wait, and no other.</summary>
public sealed class HeldRowTests : ShopTest
{
    private protected override Task<ShopHost> StartAsync() =>
        ShopHost.StartAsync(
            new Dictionary<string, string> { ["Batching:Parallelism"] = "1", ["Batching:MaximumWaitingForRow"] = "3" });

    [Fact]
    public async Task A_held_stock_row_delays_only_checkouts_of_that_product()
    {
        var (wanted, other) = (await CreateProductAsync(), await CreateProductAsync());
        var (waits, goes) = (await SignUpAsync(balance: 1_000_000), await SignUpAsync(balance: 1_000_000));
        await using var held = await HoldAsync($"select 1 from catalog.stock where product_id = {wanted} for update");
        var waiting = CheckOutAsync(waits, wanted);
        for (var i = 0; i < 20; i++)
            (await CheckOutAsync(goes, other)).Expect(HttpStatusCode.Created);

        Assert.False(waiting.IsCompleted);
        await held.DisposeAsync();
        (await waiting).Expect(HttpStatusCode.Created);
        (await CheckOutAsync(goes, wanted)).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_checkout_that_waits_for_its_wallet_keeps_its_product_from_nobody()
    {
        var hot = await CreateProductAsync();
        var (waits, goes) = (await SignUpAsync(balance: 1_000_000), await SignUpAsync(balance: 1_000_000));
        await using var held = await HoldAsync(
            $"select 1 from wallet.wallets where user_id = {waits.UserId} for update");
        var waiting = CheckOutAsync(waits, hot);
        await Shop.UntilASidePathWaitsAsync(new RowKey(IWalletLocks.Resource, waits.UserId));
        for (var i = 0; i < 10; i++)
            (await CheckOutAsync(goes, hot)).Expect(HttpStatusCode.Created);

        Assert.False(waiting.IsCompleted);
        await held.DisposeAsync();
        (await waiting).Expect(HttpStatusCode.Created);
        Assert.Equal(89, await StockOfAsync(hot));
    }

    [Fact]
    public async Task A_user_whose_open_orders_are_being_counted_delays_no_other_user()
    {
        var product = await CreateProductAsync();
        var (waits, goes) = (await SignUpAsync(), await SignUpAsync());
        await using var held = await HoldAsync(
            $"select pg_advisory_xact_lock(hashtextextended('ordering.open-orders ' || {waits.UserId}, 0))");
        var waiting = waits.OrderAsync((product, 1));
        for (var i = 0; i < 10; i++)
            (await goes.OrderAsync((product, 1))).Expect(HttpStatusCode.Created);

        Assert.False(waiting.IsCompleted);
        await held.DisposeAsync();
        (await waiting).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_held_cart_delays_no_other_cart_and_is_ordered_whole_afterwards()
    {
        var (tea, cup) = (await CreateProductAsync(), await CreateProductAsync());
        var (waits, goes) = (await SignUpAsync(balance: 100_000), await SignUpAsync(balance: 100_000));
        foreach (var product in (long[])[tea, cup])
            await PutInCartAsync(waits, product);
        await using var held = await HoldAsync(
            $"select 1 from ordering.cart_items where user_id = {waits.UserId} and product_id = {cup} for update");
        var waiting = CheckOutCartAsync(waits);
        for (var i = 0; i < 10; i++)
        {
            await PutInCartAsync(goes, tea);
            (await CheckOutCartAsync(goes)).Expect(HttpStatusCode.Created);
        }

        Assert.False(waiting.IsCompleted);
        await held.DisposeAsync();
        Assert.Equal(2, (await waiting).Expect(HttpStatusCode.Created)["order"].GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task A_row_that_is_held_for_long_is_answered_503_and_changes_nothing()
    {
        var customer = await SignUpAsync(balance: 1_000);
        await using (var held = await HoldAsync(
            $"select 1 from wallet.wallets where user_id = {customer.UserId} for update"))
        {
            (await customer.PostAsync($"/users/{customer.UserId}/balance/charges", new { amount = 1_000 }))
                .ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        }

        Assert.Equal(1_000, await customer.BalanceAsync());
        (await customer.PostAsync($"/users/{customer.UserId}/balance/charges", new { amount = 1_000 })).Expect(
            HttpStatusCode.OK);
    }

    [Fact]
    public async Task Commands_that_wait_for_a_row_are_bounded()
    {
        var customer = await SignUpAsync();
        await using var held = await HoldAsync(
            $"select 1 from wallet.wallets where user_id = {customer.UserId} for update");
        var charges = Enumerable.Range(0, 12)
            .Select(_ => customer.PostAsync($"/users/{customer.UserId}/balance/charges", new { amount = 1_000 }))
            .ToList();
        // Up to three wait, and those that the first batch of the side path has taken.
        (await await Task.WhenAny(charges)).ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        await held.DisposeAsync();

        var answers = await Task.WhenAll(charges);
        var charged = answers.Count(answer => answer.Status == HttpStatusCode.OK);
        Assert.InRange(charged, 1, 11);
        Assert.Equal(1_000 * charged, await customer.BalanceAsync());
    }

    [Fact]
    public async Task A_product_that_does_not_exist_is_not_taken_for_held()
    {
        var (wanted, other) = (await CreateProductAsync(), await CreateProductAsync());
        var customer = await SignUpAsync(balance: 1_000_000);
        await using var held = await HoldAsync($"select 1 from catalog.stock where product_id = {wanted} for update");
        var waiting = CheckOutAsync(customer, wanted);
        await Shop.UntilASidePathWaitsAsync(new RowKey(IStockLocks.Resource, wanted));

        (await CheckOutAsync(await SignUpAsync(), 999_999)).ExpectProblem(
            HttpStatusCode.NotFound, "catalog.product_not_found");
        Assert.False(waiting.IsCompleted);
        await held.DisposeAsync();
        (await waiting).Expect(HttpStatusCode.Created);
        Assert.True(other > 0);
    }

    [Fact]
    public async Task A_key_that_another_session_is_busy_with_is_its_own_callers_409_alone()
    {
        var customers = new List<Customer>();
        for (var i = 0; i < 6; i++)
            customers.Add(await SignUpAsync());
        await using var busy = await HoldAsync(
            $"select pg_advisory_xact_lock(hashtextextended('{customers[3].UserId} k', 0))");
        // A table's lock gathers them into one batch.
        await using var gathers = await HoldAsync("lock table wallet.wallets in exclusive mode");
        var charges = customers
            .Select(
                customer => customer.PostWithKeyAsync(
                    "k", $"/users/{customer.UserId}/balance/charges", new { amount = 1_000 })).ToList();
        await Shop.UntilALockIsWaitedForAsync();
        await gathers.DisposeAsync();

        var answers = await Task.WhenAll(charges);
        answers[3].ExpectProblem(HttpStatusCode.Conflict, "idempotency.in_progress");
        Assert.All(answers.Where((_, i) => i != 3), answer => answer.Expect(HttpStatusCode.OK));
    }

    [Fact]
    public async Task What_a_batch_of_a_host_that_stands_still_has_locked_is_free_after_a_second()
    {
        var customer = await SignUpAsync();
        await using var scope = Shop.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        await db.BeginAsync(CancellationToken.None);
        db.UseLockMode(LockMode.Brief);
        db.QueueRead($"select 1 from wallet.wallets where user_id = {customer.UserId} for update", _ => { });
        await db.FlushAsync(CancellationToken.None);

        await using var next = await HoldAsync($"""
            set local lock_timeout = '2s'; select 1 from wallet.wallets where user_id = {customer.UserId} for update
            """);
        var ended = await Assert.ThrowsAsync<PostgresException>(() => db.CommitAsync(CancellationToken.None));
        Assert.True(Transient.IsUndone(ended));
    }

    [Fact]
    public async Task Locks_that_are_not_taken_in_the_one_order_are_an_error()
    {
        await using var scope = Shop.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        await db.BeginAsync(CancellationToken.None);
        db.QueueLock(Statement(LockOrder.Wallet), [1L], _ => { });

        Assert.Throws<InvalidOperationException>(() => db.QueueLock(Statement(LockOrder.Stock), [1L], _ => { }));

        static LockStatement Statement(LockOrder rank) => new(rank, "none", "select 1", "select 1");
    }

    private static Task<Answer> CheckOutAsync(Customer customer, long product) =>
        customer.PostAsync(
            "/checkout", new { userId = customer.UserId, items = new[] { new { productId = product, quantity = 1 } } });

    private static Task<Answer> CheckOutCartAsync(Customer customer) =>
        customer.PostAsync("/checkout", new { userId = customer.UserId, fromCart = true });

    private static async Task PutInCartAsync(Customer customer, long product) =>
        (await customer.PostAsync($"/users/{customer.UserId}/cart/items", new { productId = product, quantity = 1 }))
            .Expect(HttpStatusCode.OK);

    private async Task<NpgsqlConnection> HoldAsync(string locks)
    {
        var connection = new NpgsqlConnection($"{Shop.ConnectionString};Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"begin; {locks}", connection);
        await command.ExecuteNonQueryAsync();
        return connection;
    }
}
