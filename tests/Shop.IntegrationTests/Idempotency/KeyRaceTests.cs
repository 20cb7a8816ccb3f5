using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shop.BuildingBlocks.Idempotency;
using Shop.IntegrationTests.Testing;
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

        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => (i % 2 == 0 ? customer.Client : elsewhere).PostWithKeyAsync("rush", "/checkout", order)));

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

        // The first one hangs at the wallet's row.
        await using var connection = new NpgsqlConnection(Shop.ConnectionString);
        await connection.OpenAsync();
        await using var holding = await connection.BeginTransactionAsync();
        await ExecuteAsync(connection, $"select 1 from wallet.wallets where user_id = {customer.UserId} for update");
        var first = ChargeAsync(customer.Client, customer);
        await Shop.UntilALockIsWaitedForAsync();

        (await ChargeAsync(customer.Client, customer)).ExpectProblem(HttpStatusCode.Conflict, "idempotency.in_progress");
        (await ChargeAsync(elsewhere, customer)).ExpectProblem(HttpStatusCode.Conflict, "idempotency.in_progress");

        await holding.RollbackAsync();
        (await first).Expect(HttpStatusCode.OK);
        Assert.True((await ChargeAsync(elsewhere, customer)).Expect(HttpStatusCode.OK).IsReplay);
        Assert.Equal(1_000, await customer.BalanceAsync());
    }

    [Fact]
    public async Task A_commit_that_was_cut_off_can_be_tried_again_with_its_key()
    {
        var customer = await SignUpAsync();
        // A deferred trigger runs in the COMMIT, and ends the session there.
        await Shop.ExecuteAsync("""
            create function public.cut_off() returns trigger language plpgsql as $$ begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$;
            create constraint trigger cut_off after insert on wallet.ledger deferrable initially deferred for each row execute function public.cut_off();
            """);
        (await ChargeAsync(customer.Client, customer)).ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        Assert.Equal(0, await customer.BalanceAsync());

        await Shop.ExecuteAsync("drop trigger cut_off on wallet.ledger");
        Assert.False((await ChargeAsync(customer.Client, customer)).Expect(HttpStatusCode.OK).IsReplay);
        Assert.Equal(1_000, await customer.BalanceAsync());
    }

    [Fact]
    public async Task A_commit_whose_answer_was_lost_is_found_by_its_key()
    {
        var customer = await SignUpAsync();
        await using var line = new CutLine(Shop.ConnectionString, "insert into shop.idempotency_keys");
        await using var host = await ShopHost.StartAsync(line.ConnectionString);
        var client = host.Client(await SignInAsync(customer.Email, "correct horse"));

        var charged = (await ChargeAsync(client, customer)).Expect(HttpStatusCode.OK);
        Assert.Equal(1, line.Cuts);
        Assert.Equal(charged.Text, (await ChargeAsync(client, customer)).Expect(HttpStatusCode.OK).Text);
        Assert.Equal(1_000, await customer.BalanceAsync());
    }

    [Fact]
    public async Task Keys_are_cleared_away_after_a_day()
    {
        var customer = await SignUpAsync();
        (await ChargeAsync(customer.Client, customer)).Expect(HttpStatusCode.OK);
        var clear = Shop.Services.GetRequiredService<ClearKeys>();

        Shop.Clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromMinutes(1));
        Assert.Equal(0, await clear.RunOnceAsync(CancellationToken.None));
        Shop.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(1, await clear.RunOnceAsync(CancellationToken.None));
        Assert.Equal(0, await Shop.QueryAsync<long>("select count(*) from shop.idempotency_keys"));
    }

    private static Task<Answer> ChargeAsync(ShopClient client, Customer customer) =>
        client.PostWithKeyAsync("charge", $"/users/{customer.UserId}/balance/charges", new { amount = 1_000 });

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
