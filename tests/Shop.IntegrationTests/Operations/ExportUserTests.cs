using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shop.BuildingBlocks;
using Shop.Host.Audit;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Operations;

public sealed class ExportUserTests : ShopTest
{
    [Fact]
    public async Task Everything_of_a_busy_shops_customers_is_in_their_exports()
    {
        await new BusyShop(Shop, Admin, SignUpAsync).FillAsync();
        var ids = await Shop.QueryAsync<long[]>("select array_agg(user_id) from identity.users");
        Assert.True(ids.Length > 3);
        foreach (var userId in ids)
        {
            var export = (await Admin.GetAsync($"/users/{userId}/export")).Expect(HttpStatusCode.OK);
            Assert.Equal(userId, export["userId"].GetInt64());
            Assert.EndsWith("Z", export["exportedAt"].GetString(), StringComparison.Ordinal);
            foreach (var (member, table) in ((string, string)[])
                [
                    ("account", "identity.users"), ("sessions", "identity.sessions"), ("wallet", "wallet.wallets"),
                    ("ledger", "wallet.ledger"), ("cart", "ordering.cart_items"), ("orders", "ordering.orders"),
                    ("payments", "payments.payments"), ("coupons", "coupons.user_coupons"),
                    ("couponRequests", "coupons.requests"), ("couponCodeMisses", "coupons.code_misses"),
                ])
                Assert.Equal(
                    await Shop.QueryAsync<long>($"select count(*) from {table} where user_id = {userId}"),
                    export[member].GetArrayLength());
        }
    }

    [Fact]
    public async Task It_is_of_the_own_account_or_for_who_may_change_users()
    {
        var (customer, support) = (await SignUpAsync(balance: 5_000), await SignUpStaffAsync("SUPPORT"));
        var export = (await customer.GetAsync($"/users/{customer.UserId}/export")).Expect(HttpStatusCode.OK);
        Assert.Equal(customer.Email, export["account"].EnumerateArray().Single().GetProperty("email").GetString());
        var line = export["ledger"].EnumerateArray().Single();
        Assert.Equal(5_000, line.GetProperty("balanceAfter").GetInt64());
        Assert.EndsWith("Z", line.GetProperty("occurredAt").GetString(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, line.GetProperty("reason").ValueKind);

        (await support.GetAsync($"/users/{customer.UserId}/export")).ExpectProblem(
            HttpStatusCode.Forbidden, "auth.forbidden");
        (await customer.GetAsync($"/users/{support.UserId}/export")).ExpectProblem(
            HttpStatusCode.Forbidden, "auth.forbidden");
        (await Admin.GetAsync("/users/999999/export")).ExpectProblem(HttpStatusCode.NotFound, "wallet.user_not_found");
    }

    [Fact]
    public async Task One_of_a_user_at_a_time_and_two_read_at_once_while_others_wait_their_turn()
    {
        var customers = new[] { await SignUpAsync(), await SignUpAsync(), await SignUpAsync() };
        await using var connection = new NpgsqlConnection(Shop.ConnectionString);
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand("lock table payments.payments", connection, transaction))
            await hold.ExecuteNonQueryAsync();

        var exports = customers.Select(customer => customer.GetAsync($"/users/{customer.UserId}/export")).ToList();
        await Shop.UntilALockIsWaitedForAsync(waiters: 2);
        foreach (var customer in customers)
            (await customer.GetAsync($"/users/{customer.UserId}/export")).ExpectProblem(
                HttpStatusCode.TooManyRequests, "rate_limited");
        Assert.Equal(2, await Shop.QueryAsync<long>(
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"));
        Assert.DoesNotContain(exports, export => export.IsCompleted);

        await transaction.RollbackAsync();
        foreach (var export in exports)
            Assert.Equal(0, (await export).Expect(HttpStatusCode.OK)["payments"].GetArrayLength());
    }

    [Fact]
    public async Task Clients_that_do_not_read_hold_up_nobody()
    {
        var slow = new[] { await SignUpAsync(), await SignUpAsync(), await SignUpAsync() };
        foreach (var customer in slow)
            await Shop.ExecuteAsync($"""
                insert into wallet.ledger (user_id, type, amount, balance_after, reason, occurred_at)
                select {customer.UserId}, 'ADJUSTMENT', 1, n, repeat('x', 500), now() from generate_series(1, 20000) n
                """);
        // Their headers come, and megabytes wait behind them.
        var held = new List<HttpResponseMessage>();
        foreach (var customer in slow)
            held.Add(await customer.Client.OpenAsync($"/users/{customer.UserId}/export"));

        var quick = await SignUpAsync();
        (await quick.GetAsync($"/users/{quick.UserId}/export")).Expect(HttpStatusCode.OK);
        // A worker's transaction ends; that of a client who does not read would not.
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await Shop.QueryAsync<long>("""
            select count(*) from pg_stat_activity
            where datname = current_database() and state = 'idle in transaction'
            """) > 0)
            timeout.Token.ThrowIfCancellationRequested();
        foreach (var answer in held)
        {
            using var document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            Assert.Equal(20_000, document.RootElement.GetProperty("ledger").GetArrayLength());
            answer.Dispose();
        }
    }

    [Fact]
    public async Task A_fifth_of_one_caller_is_refused()
    {
        var customers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => SignUpAsync()));
        await using var held = await HoldAsync("payments.payments");
        var exports = customers.Select(customer => Admin.GetAsync($"/users/{customer.UserId}/export")).ToList();
        // One of the five, in no order.
        var refused = await Task.WhenAny(exports);
        (await refused).ExpectProblem(HttpStatusCode.TooManyRequests, "rate_limited");
        exports.Remove(refused);
        Assert.DoesNotContain(exports, export => export.IsCompleted);
        await held.DisposeAsync();
        Assert.All(await Task.WhenAll(exports), export => export.Expect(HttpStatusCode.OK));
        (await Admin.GetAsync($"/users/{customers[4].UserId}/export")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Its_file_goes_when_the_client_leaves_and_when_the_writing_fails()
    {
        if (!OperatingSystem.IsLinux())
            return;
        var (leaving, failing) = (await SignUpAsync(), await SignUpAsync());
        foreach (var customer in (Customer[])[leaving, failing])
            await Shop.ExecuteAsync($"""
                insert into wallet.ledger (user_id, type, amount, balance_after, reason, occurred_at)
                select {customer.UserId}, 'ADJUSTMENT', 1, n, repeat('x', 500), now() from generate_series(1, 20000) n
                """);
        using (await leaving.Client.OpenAsync($"/users/{leaving.UserId}/export"))
            Assert.NotEqual(0, OpenFiles());
        await UntilAsync(() => OpenFiles() == 0);

        // Some of it is written when its session ends.
        await using (await HoldAsync("ordering.orders"))
        {
            var export = failing.GetAsync($"/users/{failing.UserId}/export");
            await UntilAsync(() => OpenFiles() > 0);
            await Shop.ExecuteAsync("""
                select pg_terminate_backend(pid) from pg_stat_activity
                where datname = current_database() and wait_event_type = 'Lock'
                """);
            (await export).ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        }

        Assert.Equal(0, OpenFiles());
        (await failing.GetAsync($"/users/{failing.UserId}/export")).Expect(HttpStatusCode.OK);

        static int OpenFiles() => Directory.EnumerateFiles("/proc/self/fd").Count(file =>
            new FileInfo(file).LinkTarget?.Contains("/ASPNETCORE_", StringComparison.Ordinal) == true);

        static async Task UntilAsync(Func<bool> isSo)
        {
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            while (!isSo())
                await Task.Delay(10, deadline.Token);
        }
    }

    private async Task<NpgsqlConnection> HoldAsync(string table)
    {
        var connection = new NpgsqlConnection($"{Shop.ConnectionString};Pooling=false");
        await connection.OpenAsync();
        await using var hold = new NpgsqlCommand($"begin; lock table {table}", connection);
        await hold.ExecuteNonQueryAsync();
        return connection;
    }

    [Fact]
    public async Task Every_query_of_an_export_has_its_index()
    {
        await using var connection = new NpgsqlConnection(Shop.ConnectionString);
        await connection.OpenAsync();
        await using (var prefer = new NpgsqlCommand("set enable_seqscan = off", connection))
            await prefer.ExecuteNonQueryAsync();
        foreach (var data in Shop.Services.GetServices<IModule>().SelectMany(module => module.PersonalData))
        {
            await using var explain = new NpgsqlCommand(
                $"explain {data.Rows.Replace("@userId", "7::bigint", StringComparison.Ordinal)}", connection);
            await using var plan = await explain.ExecuteReaderAsync();
            var lines = new List<string>();
            while (await plan.ReadAsync())
                lines.Add(plan.GetString(0));
            Assert.False(
                lines.Exists(line => line.Contains("Seq Scan", StringComparison.Ordinal)),
                $"{data.Name} reads a whole table:\n{string.Join('\n', lines)}");
        }
    }

    [Fact]
    public async Task Every_table_that_names_a_user_is_in_the_export_of_its_module()
    {
        var modules = Shop.Services.GetServices<IModule>().ToDictionary(module => module.Schema);
        var tables = await Shop.QueryAsync<string[]>("""
            select array_agg(table_schema || '.' || table_name order by 1) from information_schema.columns
            where column_name = 'user_id' and table_schema not in ('shop', 'public', 'testing', 'pg_catalog')
            """);
        Assert.True(tables.Length >= 9);
        Assert.DoesNotContain(tables, table => !modules[table.Split('.')[0]].PersonalData.Any(
            data => data.Rows.Contains($"{table} ", StringComparison.Ordinal)));
    }

    /// <summary>A column of a text is one that the audit looks into, or one that people or fixed words fill.</summary>
    [Fact]
    public async Task Every_column_of_text_outside_identity_is_looked_into_or_listed()
    {
        string[] written =
        [
            "catalog.products.name", "catalog.products.name_folded", "catalog.products.description",
            "catalog.products.description_folded",
            "catalog.products.status", "catalog.products.images", "catalog.products.sku", "catalog.categories.name",
            "catalog.name_words.rest", "catalog.low_stock.status",
            "catalog.import_errors.field", "catalog.import_errors.message",
            "catalog.product_categories.status", "catalog.product_categories.name_folded",
            "catalog.stock_movements.type", "catalog.stock_movements.reason",
            "catalog.reservations.state",
            "coupons.coupons.name", "coupons.coupons.discount_type", "coupons.coupons.status",
            "coupons.coupons.issuance", "coupons.codes.folded", "coupons.codes.code", "coupons.user_coupons.status",
            "coupons.requests.status", "coupons.requests.reason",
            "ordering.orders.status", "ordering.orders.cancel_reason", "ordering.orders.fulfilment_reference",
            "ordering.orders.placed_by_type", "ordering.orders.placed_by_id",
            "ordering.order_lines.name", "ordering.refunds.reason",
            "ordering.deliveries.type", "ordering.deliveries.status", "ordering.deliveries.discard_reason",
            "payments.payments.status", "ranking.lists.items", "ranking.time_zones.time_zone",
            "ranking.zones.time_zone",
            "wallet.ledger.type", "wallet.ledger.reason",
            "wallet.top_ups.status", "wallet.top_ups.provider", "wallet.top_ups.provider_payment_id",
            "wallet.top_ups.reason", "wallet.top_ups.asked_by",
            "wallet.fake_payments.payment_id", "wallet.fake_payments.order_id",
            "wallet.fake_payments.status",
            "webhooks.webhooks.name", "webhooks.webhooks.url", "webhooks.webhooks.status", "webhooks.webhooks.secret",
            "webhooks.webhooks.previous_secret", "webhooks.deliveries.stream", "webhooks.deliveries.type",
            "webhooks.deliveries.status", "webhooks.deliveries.last_answer", "webhooks.deliveries.discard_reason",
        ];
        var columns = await Shop.QueryAsync<string[]>("""
            select array_agg(table_schema || '.' || table_name || '.' || column_name order by 1)
            from information_schema.columns
            where data_type in ('text', 'json', 'jsonb', 'character varying')
                and table_schema in ('catalog', 'coupons', 'ordering', 'payments', 'ranking', 'wallet', 'webhooks')
                and not (table_name in ('outbox', 'outbox_failures', 'subscriptions', 'migrations')
                    and column_name not in ('payload', 'last_error'))
            """);
        Assert.True(columns.Length > 30);
        var unknown = columns
            .Except(PersonalDataCheck.Columns.Select(column => $"{column.Table}.{column.Column}"))
            .Except(written);
        Assert.Equal("", string.Join('\n', unknown));
    }
}
