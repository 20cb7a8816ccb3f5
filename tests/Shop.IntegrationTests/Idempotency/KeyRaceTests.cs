using System.Buffers;
using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shop.BuildingBlocks.Commands;
using Shop.BuildingBlocks.Http;
using Shop.BuildingBlocks.Idempotency;
using Shop.IntegrationTests.Testing;
using Shop.Messages;
using Shop.Wallet.Contracts;
using Xunit;

namespace Shop.IntegrationTests.Idempotency;

public sealed class KeyRaceTests : ShopTest
{
    [Fact]
    public async Task Of_many_at_once_on_two_hosts_one_takes_effect_and_the_others_hear_of_it()
    {
        var customer = await SignUpAsync(balance: 100_000);
        var product = await CreateProductAsync();
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString);
        var elsewhere = other.Client(await SignInAsync(customer.Email, "correct horse"));
        var order = new { userId = customer.UserId, items = new[] { new { productId = product, quantity = 1 } } };

        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(
            i => (i % 2 == 0 ? customer.Client : elsewhere).PostWithKeyAsync("rush", "/checkout", order)));

        var created = answers.Where(answer => answer.Status == HttpStatusCode.Created).ToList();
        Assert.Single(created.Select(answer => answer.Text).Distinct());
        Assert.Single(created, answer => !answer.IsReplay);
        foreach (var busy in answers.Except(created))
        {
            busy.ExpectProblem(HttpStatusCode.Conflict, "idempotency.in_progress");
            Assert.NotNull(busy.Headers.RetryAfter);
        }

        Assert.Equal(99, await StockOfAsync(product));
        Assert.Equal(99_000, await customer.BalanceAsync());
        Assert.True((await elsewhere.PostWithKeyAsync("rush", "/checkout", order)).IsReplay);
    }

    [Fact]
    public async Task A_key_that_another_instance_is_busy_with_is_refused_at_once()
    {
        var customer = await SignUpAsync();
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString);
        var elsewhere = other.Client(await SignInAsync(customer.Email, "correct horse"));

        await using var held = await Shop.HoldCommitsAsync("wallet.ledger");
        var first = ChargeAsync(customer.Client, customer);
        await Shop.UntilACommitIsHeldAsync();

        (await ChargeAsync(customer.Client, customer))
            .ExpectProblem(HttpStatusCode.Conflict, "idempotency.in_progress");
        (await ChargeAsync(elsewhere, customer)).ExpectProblem(HttpStatusCode.Conflict, "idempotency.in_progress");
        (await ChargeAsync(customer.Client, customer, 2_000)).ExpectProblem(
            HttpStatusCode.UnprocessableEntity, "idempotency.key_reused");

        await held.DisposeAsync();
        (await first).Expect(HttpStatusCode.OK);
        Assert.True((await ChargeAsync(elsewhere, customer)).Expect(HttpStatusCode.OK).IsReplay);
        Assert.Equal(1_000, await customer.BalanceAsync());
    }

    [Fact]
    public async Task A_repeat_elsewhere_may_take_the_place_of_a_command_that_waits_for_a_row_and_both_are_answered()
    {
        var customer = await SignUpAsync();
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString);
        var elsewhere = other.Client(customer.Client.AccessToken);
        var row = new RowKey(IWalletLocks.Resource, customer.UserId);
        var keys = Enumerable.Range(0, 4).Select(i => $"charge-{i}").ToList();
        Task<Answer[]> first, second;
        await using (var wallet = await BeginAsync())
        {
            await ExecuteAsync(wallet, $"select 1 from wallet.wallets where user_id = {customer.UserId} for update");
            first = Task.WhenAll(keys.Select(key => ChargeAsync(customer.Client, customer, key: key)));
            await Shop.UntilASidePathWaitsAsync(row);
            second = Task.WhenAll(keys.Select(key => ChargeAsync(elsewhere, customer, key: key)));
            await other.UntilASidePathWaitsAsync(row);
        }

        foreach (var (one, two, key) in (await first).Zip(await second, keys))
        {
            Answer[] answers = [one, two];
            Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK && !answer.IsReplay);
            Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.OK), answer =>
                answer.ExpectProblem(HttpStatusCode.Conflict, "idempotency.in_progress"));
            var done = answers.First(answer => answer.Status == HttpStatusCode.OK).Text;
            var repeat = await ChargeAsync(elsewhere, customer, key: key);
            Assert.Equal((HttpStatusCode.OK, done, true), (repeat.Status, repeat.Text, repeat.IsReplay));
        }

        Assert.Equal(4_000, await customer.BalanceAsync());
    }

    [Fact]
    public async Task A_commit_that_was_cut_off_can_be_tried_again_with_its_key()
    {
        var customer = await SignUpAsync();
        // A deferred trigger runs in the COMMIT, and ends the session there.
        await Shop.ExecuteAsync("""
            create function public.cut_off() returns trigger language plpgsql as $$
            begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$;
            create constraint trigger cut_off after insert on wallet.ledger deferrable initially deferred
                for each row execute function public.cut_off();
            """);
        (await ChargeAsync(customer.Client, customer)).ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        Assert.Equal(0, await customer.BalanceAsync());

        await Shop.ExecuteAsync("drop trigger cut_off on wallet.ledger");
        Assert.False((await ChargeAsync(customer.Client, customer)).Expect(HttpStatusCode.OK).IsReplay);
        Assert.Equal(1_000, await customer.BalanceAsync());
    }

    [Fact]
    public async Task After_a_lost_commit_a_look_up_that_fails_leaves_the_outcome_unknown()
    {
        var customer = await SignUpAsync();
        // Triggers go by name: a COMMIT is held, and then cut off.
        await using var held = await Shop.HoldCommitsAsync("wallet.ledger");
        await Shop.ExecuteAsync("""
            create function public.cut_off() returns trigger language plpgsql as $$
            begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$;
            create constraint trigger cut_off after insert on wallet.ledger deferrable initially deferred
                for each row execute function public.cut_off();
            """);
        var charging = ChargeAsync(customer.Client, customer);
        await Shop.UntilACommitIsHeldAsync();
        // Granted when the charge's session ends, before its look-up.
        await using var migration = await BeginAsync();
        var locked = ExecuteAsync(migration, "lock table shop.stored_responses in access exclusive mode");
        await Shop.UntilALockIsWaitedForAsync();
        await held.DisposeAsync();
        await locked;

        var answer = (await charging).ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        Assert.Equal(
            "It is not known whether this was done. Send it again with the same Idempotency-Key.",
            answer["detail"].GetString());
    }

    [Fact]
    public async Task A_commit_whose_answer_was_lost_is_found_by_its_key()
    {
        var customer = await SignUpAsync();
        await using var line = new CutLine(Shop.ConnectionString, "insert into shop.stored_responses");
        await using var host = await ShopHost.StartAsync(line.ConnectionString);
        var client = host.Client(await SignInAsync(customer.Email, "correct horse"));

        var charged = (await ChargeAsync(client, customer)).Expect(HttpStatusCode.OK);
        Assert.Equal(1, line.Cuts);
        Assert.Equal(charged.Text, (await ChargeAsync(client, customer)).Expect(HttpStatusCode.OK).Text);
        Assert.Equal(1_000, await customer.BalanceAsync());
    }

    [Fact]
    public async Task Once_it_was_answered_repeats_that_meet_on_two_hosts_are_all_answered_from_it()
    {
        var customer = await SignUpAsync();
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString);
        var elsewhere = other.Client(customer.Client.AccessToken);
        var first = (await ChargeAsync(customer.Client, customer)).Expect(HttpStatusCode.OK);

        for (var round = 0; round < 5; round++)
        {
            var repeats = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => ChargeAsync(ClientOf(i), customer)));
            Assert.All(repeats, repeat => Assert.Equal(
                (HttpStatusCode.OK, first.Text, true), (repeat.Status, repeat.Text, repeat.IsReplay)));
            var others = await Task.WhenAll(
                Enumerable.Range(0, 10).Select(i => ChargeAsync(ClientOf(i), customer, 2_000)));
            foreach (var reused in others)
                reused.ExpectProblem(HttpStatusCode.UnprocessableEntity, "idempotency.key_reused");
        }

        Assert.Equal(1_000, await customer.BalanceAsync());

        ShopClient ClientOf(int i) => i % 2 == 0 ? customer.Client : elsewhere;
    }

    [Fact]
    public async Task A_repeat_that_another_repeat_is_in_the_way_of_is_answered_all_the_same()
    {
        var customer = await SignUpAsync();
        (await ChargeAsync(customer.Client, customer)).Expect(HttpStatusCode.OK);
        // A repeat elsewhere holds the lock for as long as its transaction takes.
        await using var connection = new NpgsqlConnection(Shop.ConnectionString);
        await connection.OpenAsync();
        await using var repeating = await connection.BeginTransactionAsync();
        var key = $"{customer.UserId} charge";
        await ExecuteAsync(connection, $"select pg_advisory_xact_lock(hashtextextended('{key}', 0))");

        Assert.True((await ChargeAsync(customer.Client, customer)).Expect(HttpStatusCode.OK).IsReplay);
    }

    [Fact]
    public async Task After_a_lost_commit_too_a_key_answers_its_own_request_alone()
    {
        var customer = await SignUpAsync();
        (await ChargeAsync(customer.Client, customer)).Expect(HttpStatusCode.OK);
        await using var scope = Shop.Services.CreateAsyncScope();
        var keys = scope.ServiceProvider.GetRequiredService<IdempotencyStore>();

        Assert.NotNull(await keys.FindAsync(KeyOf(customer, 1_000), CancellationToken.None));
        var other = KeyOf(customer, 2_000);
        var refused = await Assert.ThrowsAsync<ErrorException>(() => keys.FindAsync(other, CancellationToken.None));
        Assert.Equal("idempotency.key_reused", refused.Error.Code);
        Assert.Null(await keys.FindAsync(KeyOf(customer, 1_000) with { Key = "another" }, CancellationToken.None));
    }

    [Fact]
    public async Task A_batch_whose_commit_is_lost_gives_nobody_the_answer_to_another_request()
    {
        var (customer, neighbour) = (await SignUpAsync(), await SignUpAsync());
        (await ChargeAsync(customer.Client, customer)).Expect(HttpStatusCode.OK);
        await using var line = new CutLine(Shop.ConnectionString, "insert into shop.stored_responses");
        var serial = new Dictionary<string, string> { ["Batching:Parallelism"] = "1" };
        await using var host = await ShopHost.StartAsync(line.ConnectionString, serial);
        var (client, besides) = (host.Client(customer.Client.AccessToken), host.Client(neighbour.Client.AccessToken));

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => i % 2 == 0
            ? ChargeAsync(client, customer, 2_000 + i)
            : ChargeAsync(besides, neighbour, 1_000, $"charge-{i}")));

        Assert.Equal(1, line.Cuts);
        string?[] expected = ["idempotency.key_reused", "unavailable", "idempotency.in_progress"];
        for (var i = 0; i < answers.Length; i += 2)
            Assert.Contains(answers[i].Code, expected);
        Assert.Equal(1_000, await customer.BalanceAsync());
    }

    private static Task<Answer> ChargeAsync(
        ShopClient client, Customer customer, long amount = 1_000, string key = "charge") =>
        client.PostWithKeyAsync(key, $"/users/{customer.UserId}/balance/charges", new { amount });

    private static IdempotencyKey KeyOf(Customer customer, long amount)
    {
        var body = new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes($$"""{"amount":{{amount}}}"""));
        var address = $"/api/v1/users/{customer.UserId}/balance/charges";
        return new IdempotencyKey(customer.UserId, "charge", RequestFingerprint.Of("POST", address, body));
    }

    private async Task<NpgsqlConnection> BeginAsync()
    {
        var connection = new NpgsqlConnection($"{Shop.ConnectionString};Pooling=false");
        await connection.OpenAsync();
        await ExecuteAsync(connection, "begin");
        return connection;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
