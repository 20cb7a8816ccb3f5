using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shop.BuildingBlocks.Commands;
using Shop.BuildingBlocks.Commands.Batching;
using Shop.BuildingBlocks.Database;
using Shop.IntegrationTests.Testing;
using Shop.Messages;
using Shop.Wallet.Wallets;
using Xunit;

namespace Shop.IntegrationTests.Batching;

public sealed class BatchingTests : ShopTest
{
    private const int MaximumWaiting = 30;

    private CommandExecutor<WalletCharged> Charges =>
        Shop.Services.GetRequiredService<CommandExecutor<ChargeWallet, WalletCharged>>();

    private protected override Task<ShopHost> StartAsync() =>
        ShopHost.StartAsync(new Dictionary<string, string>
        {
            ["Batching:Parallelism"] = "1",
            ["Batching:MaximumWaiting"] = $"{MaximumWaiting}",
        });

    [Fact]
    public async Task What_waits_while_a_batch_is_decided_is_the_next_batch()
    {
        var customer = await SignUpAsync();
        using var cause = new Activity("test").Start();
        using var batches = new BatchSizes(cause.TraceId);
        await using var held = await HoldAsync(customer);
        var first = ChargeAsync(customer, 1_000);
        await Shop.UntilALockIsWaitedForAsync();
        var rest = Enumerable.Range(2, 19).Select(i => ChargeAsync(customer, 1_000 * i)).ToList();
        await held.DisposeAsync();

        var charged = await Task.WhenAll([first, .. rest]);
        // The first starts again where its row is held for longer than a batch waits.
        Assert.Equal([1, 19], batches.Seen.Distinct().Order());
        Assert.Single(batches.Seen, 19);
        // In order of arrival, though all of them found a batch running.
        Assert.Equal(
            charged.Select(outcome => outcome.TransactionId).Order(), charged.Select(outcome => outcome.TransactionId));
        Assert.Equal(
            Enumerable.Range(1, 20).Select(i => 1_000L * i * (i + 1) / 2), charged.Select(outcome => outcome.Balance));
    }

    [Fact]
    public async Task While_a_batch_commits_the_next_is_decided()
    {
        var (one, other) = (await SignUpAsync(), await SignUpAsync());
        await Shop.ExecuteAsync("""
            create function public.wait() returns trigger language plpgsql as $$
            begin perform pg_advisory_xact_lock_shared(4711); return null; end $$;
            create constraint trigger wait after insert on wallet.ledger deferrable initially deferred for each row
                execute function public.wait();
            """);
        await using var slowDisk = await HoldAsync("select pg_advisory_xact_lock(4711)");
        var first = ChargeAsync(one, 1_000);
        await Shop.UntilALockIsWaitedForAsync(1);
        // Parallelism is 1: this one comes as far as its own COMMIT, though the first has not come through.
        var second = ChargeAsync(other, 2_000);
        await Shop.UntilALockIsWaitedForAsync(2);
        await slowDisk.DisposeAsync();

        Assert.Equal(1_000, (await first).Balance);
        Assert.Equal(2_000, (await second).Balance);
    }

    [Fact]
    public async Task A_batch_that_is_held_up_holds_up_no_other_kind()
    {
        var (one, other) = (await SignUpAsync(), await SignUpAsync());
        var product = await CreateProductAsync();
        await using var held = await HoldAsync(one);
        var charge = ChargeAsync(one, 1_000);
        await Shop.UntilALockIsWaitedForAsync();

        // Parallelism is 1, and the charge runs.
        await other.PlaceAsync((product, 1));

        Assert.False(charge.IsCompleted);
        await held.DisposeAsync();
        Assert.Equal(1_000, (await charge).Balance);
    }

    [Fact]
    public async Task Queries_that_wait_while_a_batch_is_read_are_the_next_batch()
    {
        var customers = new List<Customer>();
        for (var i = 0; i < 4; i++)
            customers.Add(await SignUpAsync(balance: 1_000 * (i + 1)));
        using var cause = new Activity("test").Start();
        using var batches = new BatchSizes(cause.TraceId);
        await using var held = await HoldAsync("lock table wallet.wallets");
        var first = ReadAsync(customers[0].UserId);
        await Shop.UntilALockIsWaitedForAsync();
        var rest = customers.Concat(customers).Select(customer => ReadAsync(customer.UserId)).ToList();
        var nobody = ReadAsync(-1);
        await held.DisposeAsync();

        Assert.Equal(1_000, (await first).Balance);
        Assert.Equal(
            customers.Concat(customers).Select(customer => customer.UserId),
            (await Task.WhenAll(rest)).Select(outcome => outcome.UserId));
        Assert.Equal([1_000, 2_000, 3_000, 4_000], rest.Take(4).Select(read => read.Result.Balance));
        Assert.Equal("wallet.user_not_found", (await Assert.ThrowsAsync<ErrorException>(() => nobody)).Error.Code);
        Assert.Equal([1, 9], batches.Seen.Order());
    }

    [Fact]
    public async Task A_query_is_answered_with_what_was_committed_before_it_came()
    {
        var customer = await SignUpAsync();
        using var over = new CancellationTokenSource();
        var others = Task.Run(async () =>
        {
            while (!over.IsCancellationRequested)
                await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ReadAsync(customer.UserId)));
        });
        for (var balance = 1_000; balance <= 100_000; balance += 1_000)
        {
            await ChargeAsync(customer, 1_000);
            Assert.Equal(balance, (await ReadAsync(customer.UserId)).Balance);
        }

        await over.CancelAsync();
        await others;
    }

    [Fact]
    public async Task A_batch_that_cannot_be_read_is_refused_and_the_next_one_is_read()
    {
        var customer = await SignUpAsync(balance: 1_000);
        await Shop.ExecuteAsync("alter table wallet.wallets rename to hidden");
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(_ => customer.GetAsync($"/users/{customer.UserId}/balance")));
        Assert.All(answers, answer => answer.ExpectProblem(HttpStatusCode.InternalServerError, "internal"));
        await Shop.ExecuteAsync("alter table wallet.hidden rename to wallets");
        Assert.Equal(1_000, await customer.BalanceAsync());
    }

    [Fact]
    public async Task One_that_cannot_be_decided_hurts_none_of_its_batch()
    {
        var customer = await SignUpAsync();
        await Shop.ExecuteAsync("""
            create function public.poison() returns trigger language plpgsql as $$
            begin raise exception 'poisoned'; end $$;
            create trigger poison before insert on wallet.ledger for each row when (new.amount = 1013)
                execute function public.poison();
            """);
        await using var held = await HoldAsync(customer);
        var charges = Enumerable.Range(1_010, 8).Select(
            amount => customer.PostAsync($"/users/{customer.UserId}/balance/charges", new { amount })).ToList();
        await held.DisposeAsync();

        var answers = await Task.WhenAll(charges);
        answers[3].ExpectProblem(HttpStatusCode.InternalServerError, "internal");
        Assert.All(answers.Where((_, i) => i != 3), answer => answer.Expect(HttpStatusCode.OK));
        Assert.Equal(Enumerable.Range(1_010, 8).Sum() - 1_013, await customer.BalanceAsync());
    }

    [Fact]
    public async Task A_commit_whose_outcome_is_not_known_is_not_run_again_for_any_of_its_batch()
    {
        var customer = await SignUpAsync();
        await Shop.ExecuteAsync("""
            create sequence public.commits;
            create function public.cut_off() returns trigger language plpgsql as $$
            begin
                perform nextval('public.commits'); perform pg_terminate_backend(pg_backend_pid()); return null;
            end $$;
            create constraint trigger cut_off after insert on wallet.ledger deferrable initially deferred for each row
                execute function public.cut_off();
            """);
        await using var held = await HoldAsync(customer);
        var first = customer.PostAsync($"/users/{customer.UserId}/balance/charges", new { amount = 1_000 });
        await Shop.UntilALockIsWaitedForAsync();
        var charges = Enumerable.Range(0, 5).Select(
            _ => customer.PostAsync($"/users/{customer.UserId}/balance/charges", new { amount = 1_000 })).ToList();
        await held.DisposeAsync();

        Assert.All(await Task.WhenAll([first, .. charges]), answer => answer.ExpectProblem(
            HttpStatusCode.ServiceUnavailable, "unavailable"));
        Assert.InRange(await Shop.QueryAsync<long>("select last_value from public.commits"), 1, 6);
        await Shop.ExecuteAsync("drop trigger cut_off on wallet.ledger");
        Assert.Equal(0, await customer.BalanceAsync());
    }

    [Fact]
    public async Task Who_leaves_before_being_taken_is_not_decided()
    {
        var customer = await SignUpAsync();
        await using var held = await HoldAsync(customer);
        var taken = ChargeAsync(customer, 1_000);
        await Shop.UntilALockIsWaitedForAsync();
        var (inDoubt, hasLeft) = (0, false);
        while (!hasLeft)
        {
            using var leaving = new CancellationTokenSource();
            var left = ChargeAsync(customer, 10_000, leaving.Token);
            await leaving.CancelAsync();
            // A batch may be quicker, and then says so.
            var error = await Record.ExceptionAsync(() => left);
            hasLeft = error is OperationCanceledException;
            inDoubt += error is CommitUnknownException ? 1 : 0;
            Assert.True(hasLeft || error is CommitUnknownException, $"{error}");
        }

        var stays = ChargeAsync(customer, 4_000);
        await held.DisposeAsync();

        await Task.WhenAll(taken, stays);
        Assert.Contains(
            await customer.BalanceAsync(),
            Enumerable.Range(0, inDoubt + 1).Select(charged => 5_000L + (charged * 10_000L)));
    }

    [Fact]
    public async Task Where_too_many_wait_the_next_is_told_to_come_again()
    {
        var customer = await SignUpAsync();
        await using var held = await HoldAsync(customer);
        var waiting = Enumerable.Range(0, MaximumWaiting).Select(_ => ChargeAsync(customer, 1_000)).ToList();
        var answer = (await customer.PostAsync($"/users/{customer.UserId}/balance/charges", new { amount = 1_000 }))
            .ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        Assert.NotNull(answer.Headers.RetryAfter);
        await held.DisposeAsync();

        await Task.WhenAll(waiting);
        (await customer.PostAsync($"/users/{customer.UserId}/balance/charges", new { amount = 1_000 })).Expect(
            HttpStatusCode.OK);
        Assert.Equal((MaximumWaiting + 1) * 1_000, await customer.BalanceAsync());
    }

    [Fact]
    public async Task Commands_and_queries_whose_senders_left_count_until_their_queue_drops_them()
    {
        var customer = await SignUpAsync();
        await using (var held = await HoldAsync("lock table wallet.wallets in access exclusive mode"))
        {
            var (charge, read) = (ChargeAsync(customer, 1_000), ReadAsync(customer.UserId));
            await Shop.UntilALockIsWaitedForAsync(2);
            using var leaving = new CancellationTokenSource();
            var left = Enumerable.Range(1, MaximumWaiting - 1).SelectMany(_ => (Task[])[
                ChargeAsync(customer, 1_000, leaving.Token),
                ReadAsync(customer.UserId, leaving.Token)]).ToList();
            await leaving.CancelAsync();
            foreach (var sender in left)
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sender);

            (await customer.PostAsync($"/users/{customer.UserId}/balance/charges", new { amount = 1_000 }))
                .ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
            (await customer.GetAsync($"/users/{customer.UserId}/balance"))
                .ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
            await held.DisposeAsync();
            await Task.WhenAll(charge, read);
        }

        (await customer.PostAsync($"/users/{customer.UserId}/balance/charges", new { amount = 1_000 }))
            .Expect(HttpStatusCode.OK);
        Assert.Equal(2_000, await customer.BalanceAsync());
    }

    [Fact]
    public async Task Where_too_many_queries_wait_the_next_is_told_to_come_again()
    {
        var customer = await SignUpAsync(balance: 1_000);
        await using var held = await HoldAsync("lock table wallet.wallets in access exclusive mode");
        // The first is read at once and waits for the table, as the others wait for it.
        var first = ReadAsync(customer.UserId);
        await Shop.UntilALockIsWaitedForAsync();
        var waiting = Enumerable.Range(1, MaximumWaiting - 1).Select(_ => ReadAsync(customer.UserId)).ToList();
        (await customer.GetAsync($"/users/{customer.UserId}/balance"))
            .ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        await held.DisposeAsync();

        Assert.All(await Task.WhenAll([first, .. waiting]), balance => Assert.Equal(1_000, balance.Balance));
        Assert.Equal(1_000, await customer.BalanceAsync());
    }

    // It enters the queue before the first await.
    private async Task<WalletCharged> ChargeAsync(Customer customer, long amount, CancellationToken ct = default)
    {
        var item = new CommandItem<WalletCharged>(
            new ChargeWallet(customer.UserId, amount), key: null, _ => null, origin: null);
        await Charges.RunAsync(item, ct);
        return item.Value;
    }

    private Task<WalletBalance> ReadAsync(long userId, CancellationToken ct = default) =>
        Shop.Services.GetRequiredService<QueryBatcher<GetBalance, WalletBalance>>().AnswerAsync(
            new GetBalance(userId), route: null, ct);

    /// <summary>Locks the customer's wallet until disposed: the first batch waits for it.</summary>
    private Task<NpgsqlConnection> HoldAsync(Customer customer) => HoldAsync(
        $"select 1 from wallet.wallets where user_id = {customer.UserId} for update");

    private async Task<NpgsqlConnection> HoldAsync(string locks)
    {
        var connection = new NpgsqlConnection($"{Shop.ConnectionString};Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"begin; {locks}", connection);
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    /// <summary>
    /// Listens to the batches whose items belong to one trace: other tests' hosts run in this process too.
    /// </summary>
    private sealed class BatchSizes : IDisposable
    {
        private readonly ConcurrentQueue<int> seen = new();
        private readonly ActivityListener listener;

        public BatchSizes(ActivityTraceId trace)
        {
            listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name == "Shop",
                Sample = (ref _) => ActivitySamplingResult.AllData,
                ActivityStarted = span =>
                {
                    if (span.TraceId == trace && span.GetTagItem("shop.batch.size") is int size)
                        seen.Enqueue(size);
                },
            };
            ActivitySource.AddActivityListener(listener);
        }

        public IReadOnlyCollection<int> Seen => seen;

        public void Dispose() => listener.Dispose();
    }
}
