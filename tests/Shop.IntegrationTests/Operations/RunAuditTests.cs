using System.Net;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shop.Host.Audit;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Operations;

public sealed class RunAuditTests : ShopTest
{
    // Locking a table for itself is what no command of the shop does: it stops an audit in the middle.
    private const string Occupy = "lock table wallet.wallets in access exclusive mode";

    private const string AuditsWaiting = """
        select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
            and query like 'with violation%'
        """;

    private const string Poison = "update ordering.outbox set payload = '{}'";

    private BusyShop Business => new(Shop, Admin, SignUpAsync);

    [Fact]
    public async Task A_shop_where_everything_happens_at_once_is_consistent_at_every_moment()
    {
        var business = Business;
        await business.OpenAsync();
        var work = Task.WhenAll(Enumerable.Range(0, 3).Select(_ => business.DoEverythingAsync()));
        var deliveries = Task.Run(async () =>
        {
            while (!work.IsCompleted)
                await Shop.DeliverEventsAsync();
        });
        for (var audits = 0; audits < 3 || !work.IsCompleted; audits++)
            AssertConsistent(await AuditAsync());
        await work;
        await deliveries;

        Assert.NotEqual(0, await Shop.QueryAsync<long>("select count(*) from ordering.orders where status = 'PAID'"));
        AssertConsistent(await AuditAsync());
        await Shop.DeliverEventsAsync();
        AssertConsistent(await AuditAsync());
    }

    [Fact]
    public async Task What_a_handler_has_not_done_yet_is_explained_until_somebody_discards_it()
    {
        await Business.FillAsync();
        AssertConsistent(await AuditAsync());

        // Now every delivery fails, to every handler: all of it is kept, to be tried again.
        await Shop.ExecuteAsync(Poison);
        await Shop.DeliverEventsAsync();
        Assert.Equal(0, await Shop.QueryAsync<long>("select count(*) from ordering.outbox"));
        AssertConsistent(await AuditAsync());

        await DiscardAsync("catalog.settle-reservations");
        Assert.Equal(["shop.paid-orders-sold-stock", "shop.undone-orders-hold-nothing"], Violated(await AuditAsync()));
        var stockIsHeld = (await AuditAsync("shop.undone-orders-hold-nothing")).Checks[0].Violations;
        await DiscardAsync("coupons.settle-coupons");
        Assert.Equal(
            ["shop.paid-orders-sold-stock", "shop.undone-orders-hold-nothing", "shop.paid-orders-used-coupon"],
            Violated(await AuditAsync()));
        Assert.True((await AuditAsync("shop.undone-orders-hold-nothing")).Checks[0].Violations > stockIsHeld
            && stockIsHeld > 0);
        await DiscardAsync("ranking.count-sales");
        Assert.Contains("shop.sales-are-counted", Violated(await AuditAsync()));
    }

    [Fact]
    public async Task The_answer_names_every_check_and_shows_what_it_found()
    {
        var customer = await SignUpAsync(balance: 5_000);
        await Shop.ExecuteAsync($"update wallet.wallets set balance = 7000 where user_id = {customer.UserId}");

        var answer = (await Admin.GetAsync("/admin/audit")).Expect(HttpStatusCode.OK);
        Assert.False(answer["consistent"].GetBoolean());
        Assert.True(answer["checkedAt"].GetDateTimeOffset() > DateTimeOffset.UnixEpoch);
        Assert.Equal(
            Shop.Services.GetRequiredService<AuditChecks>().All.Select(check => (check.Name, check.Description)),
            answer["checks"].EnumerateArray().Select(
                check => (check.GetProperty("name").GetString()!, check.GetProperty("description").GetString()!)));
        var wrong = answer["checks"].EnumerateArray().Single(check => check.GetProperty("violations").GetInt64() > 0);
        Assert.Equal("wallet.balance-is-sum-of-ledger", wrong.GetProperty("name").GetString());
        Assert.Equal(
            [$"user {customer.UserId}: balance 7000, sum of the ledger 5000"],
            wrong.GetProperty("examples").EnumerateArray().Select(example => example.GetString()!));
    }

    [Fact]
    public async Task Of_many_violations_all_are_counted_and_five_shown()
    {
        await Shop.ExecuteAsync(
            "insert into wallet.wallets (user_id, balance) select n, 0 from generate_series(1001, 1100) n");
        var check = (await AuditAsync("shop.users-have-wallets")).Checks.Single();
        Assert.Equal((100, 5), (check.Violations, check.Examples.Count));
        Assert.Equal("user 1001: no account", check.Examples[0]);
    }

    [Fact]
    public async Task One_check_can_be_asked_for_and_it_must_exist()
    {
        Assert.Equal(
            "catalog.movements-follow", Assert.Single((await AuditAsync("catalog.movements-follow")).Checks).Name);
        (await Admin.GetAsync("/admin/audit?check=wallet.none")).ExpectInvalid("check");
        Assert.NotEqual(
            1, (await Admin.GetAsync("/admin/audit?check=")).Expect(HttpStatusCode.OK)["checks"].GetArrayLength());
    }

    // A nested loop that statistics of an empty shop choose would take hours once the shop has sold something.
    [Fact]
    public async Task No_check_of_the_whole_joins_row_by_row_even_while_the_statistics_say_empty()
    {
        await using var connection = new NpgsqlConnection(Shop.ConnectionString);
        await connection.OpenAsync();
        await using (var prepare = new NpgsqlCommand($"analyze; begin; {RunAuditHandler.ForWholeTables}", connection))
            await prepare.ExecuteNonQueryAsync();
        var looped = new List<string>();
        foreach (var check in Shop.Services.GetRequiredService<AuditChecks>().All)
        {
            var sql = $"explain {RunAuditHandler.CountedViolations(check, from: null)}";
            var plan = string.Join('\n', await connection.QueryAsync<string>(sql));
            if (plan.Contains("Nested Loop", StringComparison.Ordinal))
                looped.Add(check.Name);
        }

        // Their loops are over a row's own list, thirty lists, a few time zones, or words of a text.
        Assert.Equal(
            [
                "catalog.categories-list-products",
                "catalog.words-are-of-names",
                "ranking.lists-are-whole",
                "ranking.lists-are-ranked",
                "shop.sales-are-counted",
                "shop.personal-data-in-identity",
            ],
            looped);
    }

    [Fact]
    public async Task The_audit_is_for_administrators()
    {
        var customer = await SignUpAsync();
        (await customer.GetAsync("/admin/audit")).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await Anonymous.GetAsync("/admin/audit")).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
    }

    [Fact]
    public async Task One_audit_runs_at_a_time_whichever_host_is_asked()
    {
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString);
        var elsewhere = other.Client(await SignInAsync("admin@shop.local", "admin-password"));
        Task<Answer> first;
        await using (await OccupyAsync())
        {
            first = Admin.GetAsync("/admin/audit");
            while (await Shop.QueryAsync<long>(AuditsWaiting) == 0)
                await Task.Yield();
            (await elsewhere.GetAsync("/admin/audit")).ExpectProblem(HttpStatusCode.Conflict, "audit.in_progress");
        }

        (await first).Expect(HttpStatusCode.OK);
        (await elsewhere.GetAsync("/admin/audit")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_audit_that_takes_too_long_is_given_up()
    {
        await using var hasty = await ShopHost.StartAsync(
            Shop.ConnectionString, new Dictionary<string, string> { ["Audit:Timeout"] = "00:00:01" });
        var admin = hasty.Client(await SignInAsync("admin@shop.local", "admin-password"));
        await using (await OccupyAsync())
        {
            var problem = (await admin.GetAsync("/admin/audit")).ExpectProblem(
                HttpStatusCode.ServiceUnavailable, "unavailable");
            Assert.Contains("00:00:01", problem["detail"].GetString(), StringComparison.Ordinal);
            Assert.Equal(TimeSpan.FromSeconds(1), problem.Headers.RetryAfter!.Delta);
        }

        Assert.Equal(0, await Shop.QueryAsync<long>(AuditsWaiting));
        AssertConsistent(await AuditAsync());
    }

    [Theory]
    [InlineData("00:00:00", false)]
    [InlineData("00:00:01", true)]
    [InlineData("01:00:01", false)]
    public void Its_time_limit_is_validated(string limit, bool valid) => Assert.Equal(
        valid,
        new AuditOptionsValidator().Validate(new AuditOptions
        {
            Timeout = TimeSpan.Parse(limit, System.Globalization.CultureInfo.InvariantCulture),
        }).IsValid);

    private static void AssertConsistent(Report report)
    {
        Assert.Equal(
            [],
            report.Checks.Where(check => check.Violations > 0).Select(
                check => $"{check.Name}: {string.Join("; ", check.Examples)}"));
        Assert.True(report.Consistent);
    }

    private static IEnumerable<string> Violated(Report report) =>
        report.Checks.Where(check => check.Violations > 0).Select(check => check.Name);

    private async Task<Report> AuditAsync(string? check = null)
    {
        var answer = (await Admin.GetAsync($"/admin/audit{(check is null ? "" : $"?check={check}")}")).Expect(
            HttpStatusCode.OK);
        return new Report(
            answer["consistent"].GetBoolean(),
            [.. answer["checks"].EnumerateArray().Select(book => new Book(
                book.GetProperty("name").GetString()!,
                book.GetProperty("violations").GetInt64(),
                [.. book.GetProperty("examples").EnumerateArray().Select(example => example.GetString()!)]))]);
    }

    private Task DiscardAsync(string handler) =>
        Shop.ExecuteAsync($"update ordering.outbox_failures set status = 'DISCARDED' where handler = '{handler}'");

    private async Task<NpgsqlConnection> OccupyAsync()
    {
        var connection = new NpgsqlConnection(Shop.ConnectionString);
        await connection.OpenAsync();
        await connection.BeginTransactionAsync();
        await using var command = new NpgsqlCommand(Occupy, connection);
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    private sealed record Report(bool Consistent, IReadOnlyList<Book> Checks);

    private sealed record Book(string Name, long Violations, IReadOnlyList<string> Examples);
}
