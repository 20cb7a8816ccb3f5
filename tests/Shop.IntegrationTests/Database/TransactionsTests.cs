using System.Net;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;
using Shop.BuildingBlocks.Commands;
using Shop.BuildingBlocks.Database;
using Shop.IntegrationTests.Testing;
using Shop.Ordering.Orders;
using Shop.Ordering.Orders.Placing;
using Xunit;

namespace Shop.IntegrationTests.Database;

public sealed class TransactionsTests : ShopTest
{
    private protected override Task<ShopHost> StartAsync() =>
        ShopHost.StartAsync(new Dictionary<string, string> { ["Ordering:MaximumOpenOrders"] = "200" });

    private static readonly IOptions<DatabaseOptions> Settings = Options.Create(new DatabaseOptions());

    private Transactions Transactions => Shop.Services.GetRequiredService<Transactions>();

    [Theory]
    [InlineData("40P01")]
    [InlineData("40001")]
    public async Task A_transaction_that_postgres_chose_as_loser_runs_again_from_a_fresh_scope(string sqlState)
    {
        var scopes = new List<IServiceProvider>();
        var balance = await Transactions.RunAsync(
            async (scope, ct) =>
            {
                scopes.Add(scope);
                if (scopes.Count < 3)
                    await FailAsync(scope, sqlState, ct);
                return 7;
            },
            CancellationToken.None);

        Assert.Equal(7, balance);
        Assert.Equal(3, scopes.Distinct().Count());
        Assert.Equal(2, Shop.Lost.Count);
    }

    [Fact]
    public async Task A_lock_that_two_waits_did_not_get_is_given_up()
    {
        var attempts = 0;
        var error = await Assert.ThrowsAsync<PostgresException>(() => Transactions.RunAsync(
            async (scope, ct) =>
            {
                attempts++;
                await FailAsync(scope, PostgresErrorCodes.LockNotAvailable, ct);
                return attempts;
            },
            CancellationToken.None));
        Assert.Equal(2, attempts);
        Assert.True(Transient.IsUnavailable(error));
    }

    [Fact]
    public async Task A_failed_statement_that_somebody_overlooked_undoes_the_transaction()
    {
        var customer = await SignUpAsync(balance: 1_000);
        var error = await Assert.ThrowsAsync<PostgresException>(() => Transactions.RunAsync(
            async (scope, ct) =>
            {
                await scope.GetRequiredService<Db>()
                    .ExecuteAsync($"update wallet.wallets set balance = 5 where user_id = {customer.UserId}", null, ct);
                await Assert.ThrowsAsync<PostgresException>(() => FailAsync(scope, "23514", ct));
                return 0;
            },
            CancellationToken.None));
        Assert.Equal(PostgresErrorCodes.InFailedSqlTransaction, error.SqlState);
        Assert.Equal(1_000, await customer.BalanceAsync());
    }

    [Fact]
    public async Task A_connection_lost_while_working_is_not_run_again()
    {
        var attempts = 0;
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => Transactions.RunAsync(
            async (scope, ct) =>
            {
                attempts++;
                return await scope.GetRequiredService<Db>()
                    .ExecuteAsync("select pg_terminate_backend(pg_backend_pid())", null, ct);
            },
            CancellationToken.None));
        Assert.Equal(1, attempts);
    }

    [Fact]
    public async Task A_connection_lost_at_the_commit_is_unknown_and_never_run_again()
    {
        var customer = await SignUpAsync(balance: 1_000);
        var attempts = 0;
        var error = await Assert.ThrowsAsync<CommitUnknownException>(() => Transactions.RunAsync(
            async (scope, ct) =>
            {
                attempts++;
                var db = scope.GetRequiredService<Db>();
                await db.ExecuteAsync(
                    $"update wallet.wallets set balance = 5 where user_id = {customer.UserId}", null, ct);
                await Shop.ExecuteAsync(
                    $"select pg_terminate_backend({await db.QuerySingleAsync<int>(
                        "select pg_backend_pid()", null, ct)}, 5000)");
                return attempts;
            },
            CancellationToken.None));

        Assert.Equal(1, attempts);
        Assert.True(Transient.IsUnavailable(error));
        Assert.Equal(1_000, await customer.BalanceAsync());
    }

    [Fact]
    public async Task A_session_that_ended_for_idling_has_done_nothing_and_runs_again()
    {
        var customer = await SignUpAsync(balance: 1_000);
        var attempts = 0;
        await Transactions.RunAsync(
            async (scope, ct) =>
            {
                var db = scope.GetRequiredService<Db>();
                await db.ExecuteAsync(
                    $"update wallet.wallets set balance = balance + 1 where user_id = {customer.UserId}", null, ct);
                if (++attempts == 1)
                {
                    var session = await db.QuerySingleAsync<int>("select pg_backend_pid()", null, ct);
                    await db.ExecuteAsync("set local idle_in_transaction_session_timeout = '1ms'", null, ct);
                    await Shop.ExecuteAsync($"""
                        do $$ begin
                            while exists (select from pg_stat_activity where pid = {session}) loop
                                perform pg_stat_clear_snapshot(), pg_sleep(0.001);
                            end loop;
                        end $$
                        """);
                }

                return 0;
            },
            CancellationToken.None);

        Assert.Equal(2, attempts);
        Assert.Equal(1_001, await customer.BalanceAsync());
    }

    [Fact]
    public async Task A_posted_count_other_than_the_decided_one_undoes_everything()
    {
        var customer = await SignUpAsync(balance: 1_000);
        var error = await Assert.ThrowsAsync<PostgresException>(() => Transactions.RunAsync(
            (scope, _) =>
            {
                var db = scope.GetRequiredService<Db>();
                db.QueueWrite(
                    "update wallet.wallets set balance = 7 where user_id = @user", 1, ("user", customer.UserId));
                db.QueueWrite(
                    "update wallet.wallets set balance = 8 where user_id = any(@users)",
                    2,
                    ("users", new[] { customer.UserId, -1L }));
                return Task.FromResult(0);
            },
            CancellationToken.None));

        Assert.Equal("SH001", error.SqlState);
        Assert.Equal(1_000, await customer.BalanceAsync());
    }

    [Fact]
    public async Task An_error_between_the_rows_of_one_statement_leaves_the_session_fit_for_those_behind_it()
    {
        await using var oneSession = NpgsqlDataSource.Create(
            DatabaseServices.WithDefaults(Shop.ConnectionString + ";Maximum Pool Size=1"));
        // Often enough for the driver to prepare both, the second one just when the first one fails at its third row.
        for (var use = 0; use < 4; use++)
        {
            await using var db = new Db(oneSession, Settings);
            await db.BeginAsync(CancellationToken.None);
            db.QueueRead("select 1 / (3 - n) from generate_series(1, 3) n", _ => { });
            db.QueueRead("select 5", _ => { });
            var error = await Assert.ThrowsAsync<PostgresException>(() => db.FlushAsync(CancellationToken.None));
            Assert.Equal(PostgresErrorCodes.DivisionByZero, error.SqlState);
        }

        await using var later = new Db(oneSession, Settings);
        Assert.Equal(5, await later.QuerySingleAsync<int>("select 5", null, CancellationToken.None));
    }

    [Fact]
    public async Task A_statement_limit_is_the_drivers_too()
    {
        // The driver's own limit is shorter than the statement, as it is for all that takes more than 30 seconds.
        await using var source = NpgsqlDataSource.Create(DatabaseServices.WithDefaults(
            Shop.ConnectionString + ";Command Timeout=1"));
        await using var db = new Db(source, Settings);
        await db.BeginAsync(CancellationToken.None);
        await db.LimitStatementsAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
        Assert.Equal(1, await db.QuerySingleAsync<int>(Slow(seconds: 2), null, CancellationToken.None));
        db.QueueRead(Slow(seconds: 2), _ => { });
        await db.FlushAsync(CancellationToken.None);

        await db.LimitStatementsAsync(TimeSpan.FromMilliseconds(200), CancellationToken.None);
        var ended = await Assert.ThrowsAsync<PostgresException>(
            () => db.QuerySingleAsync<int>(Slow(seconds: 60), null, CancellationToken.None));
        Assert.Equal(PostgresErrorCodes.QueryCanceled, ended.SqlState);

        static string Slow(int seconds) => $"select 1 from pg_sleep({seconds})";
    }

    [Fact]
    public async Task A_commit_that_is_given_up_is_not_cancelled_and_keeps_its_connection()
    {
        var customer = await SignUpAsync(balance: 1_000);
        await Shop.ExecuteAsync("""
            create function public.wait() returns trigger language plpgsql as $$
            begin perform pg_advisory_xact_lock_shared(4711); return null; end $$;
            create constraint trigger wait after update on wallet.wallets deferrable initially deferred
                for each row execute function public.wait();
            """);
        await using var slowDisk = new NpgsqlConnection($"{Shop.ConnectionString};Pooling=false");
        await slowDisk.OpenAsync();
        await using (var hold = new NpgsqlCommand("select pg_advisory_lock(4711)", slowDisk))
            await hold.ExecuteNonQueryAsync();

        await using var oneSession = NpgsqlDataSource.Create(DatabaseServices.WithDefaults(
            Shop.ConnectionString + ";Maximum Pool Size=1;Command Timeout=1;Options=-c lock_timeout=0"));
        var impatient = Options.Create(new DatabaseOptions { CommitTimeout = TimeSpan.FromMilliseconds(200) });
        await using (var db = new Db(oneSession, impatient))
        {
            await db.BeginAsync(CancellationToken.None);
            db.QueueWrite(
                "update wallet.wallets set balance = 5 where user_id = @user", 1, ("user", customer.UserId));
            var unknown = await Assert.ThrowsAsync<CommitUnknownException>(
                () => db.CommitAsync(CancellationToken.None));
            Assert.Equal(CommitDoubt.TimedOut, unknown.Doubt);
        }

        // The pool has no other. This takes longer than the driver's own limit.
        await using (var refused = new Db(oneSession, impatient))
            await Assert.ThrowsAsync<NoConnectionException>(() => refused.BeginAsync(CancellationToken.None));
        await Shop.UntilALockIsWaitedForAsync();
        Assert.Equal(1_000, await customer.BalanceAsync());

        await slowDisk.DisposeAsync();
        using var soonEnough = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await customer.BalanceAsync() != 5)
            soonEnough.Token.ThrowIfCancellationRequested();
        await using var later = new Db(oneSession, impatient);
        Assert.Equal(5, await later.QuerySingleAsync<int>("select 5", null, CancellationToken.None));
    }

    [Fact]
    public async Task A_hot_command_owns_its_transaction() => await Assert.ThrowsAsync<InvalidOperationException>(
        () => Transactions.RunAsync(
            (scope, ct) => scope.GetRequiredService<IMediator>()
                .Send(new PlaceOrder(new OrderRequest(1, [new RequestedItem(1, 1)])), ct), CancellationToken.None));

    [Fact]
    public async Task More_requests_than_connections_wait_their_turn()
    {
        var product = await CreateProductAsync(price: 0, stock: 1_000);
        var customer = await SignUpAsync();
        // The pool of a host under test holds 10.
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => customer.OrderAsync((product, 1))));
        Assert.All(answers, answer => answer.Expect(HttpStatusCode.Created));
        Assert.Equal(800, await StockOfAsync(product));
    }

    private static Task<int> FailAsync(IServiceProvider scope, string sqlState, CancellationToken ct) =>
        scope.GetRequiredService<Db>()
            .ExecuteAsync($"do $$ begin raise exception 'lost' using errcode = '{sqlState}'; end $$", null, ct);
}
