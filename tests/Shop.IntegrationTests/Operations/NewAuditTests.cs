using System.Net;
using Npgsql;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Operations;

/// <summary>The audit of what came since the last one that found everything consistent.</summary>
public sealed class NewAuditTests : VerbTest
{
    private const string Positioned = """
        select coalesce((select (extract(epoch from checked_at) * 1000000)::bigint from shop.audit_position), 0)
        """;

    private const string Position = "select concat_ws(' ', ledger, movements, orders) from shop.audit_position";

    [Fact]
    public async Task It_starts_where_the_last_consistent_audit_of_all_checks_was_and_looks_at_nothing_older()
    {
        var old = await SignUpAsync(balance: 5_000);
        var first = await AuditAsync("?scope=NEW");
        Assert.True(first["consistent"].GetBoolean());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, first["from"].ValueKind);
        await MovePositionAsync();

        // A fault in what was consistent, which only the whole shows, and then one that is new.
        await Shop.ExecuteAsync($"update wallet.wallets set balance = 7000 where user_id = {old.UserId}");
        var second = await AuditAsync("?scope=NEW");
        Assert.True(second["consistent"].GetBoolean());
        Assert.True(second["from"].GetDateTimeOffset() >= first["checkedAt"].GetDateTimeOffset().AddSeconds(-5));
        Assert.Equal(["wallet.balance-is-sum-of-ledger"], Violated(await AuditAsync()));

        var recent = await SignUpAsync(balance: 5_000);
        await Shop.ExecuteAsync($"update wallet.wallets set balance = 7000 where user_id = {recent.UserId}");
        var position = await Shop.QueryAsync<string>(Position);
        Assert.Equal(["wallet.balance-is-sum-of-ledger"], Violated(await AuditAsync("?scope=NEW")));
        Assert.Equal(position, await Shop.QueryAsync<string>(Position));
    }

    [Fact]
    public async Task A_shop_at_work_is_consistent_from_any_position_on()
    {
        var business = new BusyShop(Shop, Admin, SignUpAsync);
        await business.OpenAsync();
        for (var round = 0; round < 3; round++)
        {
            Assert.Equal([], Violated(await AuditAsync("?scope=NEW")));
            await business.DoEverythingAsync();
            Assert.Equal([], Violated(await AuditAsync("?scope=NEW")));
            // Open orders and events under way are older than the next position allows for, but for those very orders.
            Shop.Clock.Advance(TimeSpan.FromMinutes(15));
            await Shop.DeliverEventsAsync();
        }

        Assert.Equal([], Violated(await AuditAsync("?scope=NEW")));
    }

    [Fact]
    public async Task An_older_order_that_something_new_belongs_to_is_looked_at_again()
    {
        var customer = await SignUpAsync(balance: 50_000);
        var order = await customer.PlaceAsync((await CreateProductAsync(), 1));
        (await customer.PayAsync(order)).Expect(HttpStatusCode.Created);
        await Shop.DeliverEventsAsync();
        Shop.Clock.Advance(TimeSpan.FromMinutes(15));
        await MovePositionAsync();
        Assert.True(await Shop.QueryAsync<bool>($"select orders > '{order}' from shop.audit_position"));

        (await customer.PostAsync($"/orders/{order}/cancel")).Expect(HttpStatusCode.OK);
        await Shop.DeliverEventsAsync();
        await Shop.ExecuteAsync(
            "update catalog.stock_movements set type = 'ADJUSTMENT', order_id = null, cause = null, reason = "
            + $"'planted' where order_id = '{order}' and type = 'RETURN'");
        string[] expected = ["shop.undone-orders-hold-nothing"];
        Assert.Equal(expected, Violated(await AuditAsync("?scope=NEW")).Order());
    }

    [Fact]
    public async Task A_line_that_commits_late_under_a_smaller_id_is_not_left_behind()
    {
        var (slow, quick) = (await SignUpAsync(), await SignUpAsync());
        await using var connection = new NpgsqlConnection(Shop.ConnectionString);
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await ExecuteAsync($"""
            select 1 from wallet.wallets where user_id = {slow.UserId} for update;
            insert into wallet.ledger (user_id, type, amount, balance_after, occurred_at)
            values ({slow.UserId}, 'CHARGE', 5, 5, now())
            """);
        var charged = await quick.PostAsync($"/users/{quick.UserId}/balance/charges", new { amount = 1_000 });
        charged.Expect(HttpStatusCode.OK);
        // The late line's transaction outlasts the wait: this audit, consistent as it is, gives no position.
        Assert.Equal([], Violated(await AuditAsync()));
        Assert.Equal(0, await Shop.QueryAsync<long>("select count(*) from shop.audit_position"));

        await transaction.CommitAsync();
        Assert.Equal(["wallet.balance-is-sum-of-ledger"], Violated(await AuditAsync("?scope=NEW")));

        async Task ExecuteAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection, transaction);
            await command.ExecuteNonQueryAsync();
        }
    }

    [Fact]
    public async Task One_check_neither_moves_the_position_nor_needs_one()
    {
        Assert.Single((await AuditAsync("?check=wallet.ledger-follows&scope=NEW"))["checks"].EnumerateArray());
        Assert.Equal(0, await Shop.QueryAsync<long>("select count(*) from shop.audit_position"));
        (await Admin.GetAsync("/admin/audit?scope=OLD")).ExpectInvalid("scope");
    }

    [Fact]
    public async Task The_verb_takes_it_as_a_flag_before_anything_else()
    {
        await SignUpAsync(balance: 5_000);
        await MovePositionAsync();
        var (exitCode, output, _) = await RunAsync("audit", "--since-last", Database);
        Assert.Equal(0, exitCode);
        Assert.Contains("What came since ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Days_are_those_of_the_time_zone_that_they_were_counted_in_not_the_auditors()
    {
        var customer = await SignUpAsync(balance: 50_000);
        var product = await CreateProductAsync();
        // Where it is another day than in Seoul just now.
        var inSeoul = Shop.Clock.GetUtcNow().ToOffset(TimeSpan.FromHours(9)).TimeOfDay;
        var elsewhere = inSeoul < TimeSpan.FromHours(19.5) ? "Pacific/Pago_Pago" : "Pacific/Kiritimati";
        await BuyAsync();
        var (exitCode, output, _) = await RunAsync("audit", Database, $"--Shop:TimeZone={elsewhere}");
        Assert.Equal((0, true), (exitCode, output.Contains("Consistent at", StringComparison.Ordinal)));

        // The shop moves: from a minute on its days are others, and what was sold before stays where it was.
        var settings = new Dictionary<string, string> { ["Shop:TimeZone"] = elsewhere };
        await using var moved = await ShopHost.StartAsync(Shop.ConnectionString, settings);
        Assert.Equal([], Violated(await AuditAsync()));
        Shop.Clock.Advance(TimeSpan.FromMinutes(5));
        await BuyAsync();
        Assert.Equal([], Violated(await AuditAsync()));
        Assert.Equal(2, await Shop.QueryAsync<long>("select count(*) from ranking.time_zones"));
        Assert.Equal(2, await Shop.QueryAsync<long>("select count(distinct day) from ranking.daily_sales"));

        async Task BuyAsync()
        {
            (await customer.PayAsync(await customer.PlaceAsync((product, 1)))).Expect(HttpStatusCode.Created);
            await Shop.DeliverEventsAsync();
        }
    }

    private static IEnumerable<string> Violated(Answer audit) => audit["checks"].EnumerateArray()
        .Where(check => check.GetProperty("violations").GetInt64() > 0)
        .Select(check => check.GetProperty("name").GetString()!);

    private async Task<Answer> AuditAsync(string query = "") =>
        (await Admin.GetAsync($"/admin/audit{query}")).Expect(HttpStatusCode.OK);

    // A transaction that goes on for long leaves the position where it is, one of another test on this server too.
    private async Task MovePositionAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var before = await Shop.QueryAsync<long>(Positioned);
        do
        {
            limit.Token.ThrowIfCancellationRequested();
            Assert.Equal([], Violated(await AuditAsync("?scope=NEW")));
        }
        while (await Shop.QueryAsync<long>(Positioned) == before);
    }
}
