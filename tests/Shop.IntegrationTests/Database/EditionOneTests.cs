using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Database;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Database;

/// <summary>A database of edition 1, with orders in every state, comes to this edition.</summary>
public sealed class EditionOneTests : ShopTest
{
    private static readonly string[] Scripts =
    [
        "shop/0001_assert_rows", "shop/0002_idempotency_keys", "shop/0003_assert_claimed",
        "identity/0001_accounts", "wallet/0001_wallets", "catalog/0001_products_and_stock", "coupons/0001_coupons",
        "coupons/0002_line", "coupons/0003_enter_by_user", "ordering/0001_orders", "ordering/0002_deliveries",
        "ordering/0003_carts", "ordering/0004_settle_deliveries", "ordering/0005_cheaper_deliveries",
        "payments/0001_payments", "ranking/0001_sales_and_lists",
    ];

    // Orders of one piece: 1 is open, 2 paid and sold, 3 paid with its event under way, 4 refunded, 5 cancelled with its
    // event under way; 6 is paid, and its event is a dead letter of both handlers. A user stands in a coupon's line.
    private const string Books = """
        insert into identity.users (email, normalized_email, name, role, security_stamp, created_at)
        values ('one@example.com', 'ONE@EXAMPLE.COM', 'One', 'CUSTOMER', 'stamp', now());
        insert into catalog.products (name, price, status, created_at) values ('Tea', 100, 'SELLING', now());
        create temporary table o (n, id, payment, status, goods, paid) as values
            (1, '00000000-0000-7000-8000-000000000001'::uuid, null::uuid, 'CREATED', 'RESERVED', false),
            (2, '00000000-0000-7000-8000-000000000002', gen_random_uuid(), 'PAID', 'SOLD', true),
            (3, '00000000-0000-7000-8000-000000000003', gen_random_uuid(), 'PAID', 'RESERVED', true),
            (4, '00000000-0000-7000-8000-000000000004', gen_random_uuid(), 'REFUNDED', 'RETURNED', true),
            (5, '00000000-0000-7000-8000-000000000005', null, 'CANCELLED', 'RESERVED', false),
            (6, '00000000-0000-7000-8000-000000000006', gen_random_uuid(), 'PAID', 'RESERVED', true);
        insert into coupons.coupons (name, discount_type, discount_value, quantity, issued, issue_from, issue_until,
            valid_from, valid_until, created_at)
        values ('Ten', 'FIXED', 10, 5, 0, now() - interval '1 day', now() + interval '1 day', now() - interval '1 day',
            now() + interval '1 day', now());
        insert into coupons.requests (request_id, coupon_id, user_id, ticket, status, requested_at)
        values (gen_random_uuid(), 1, 1, coupons.next_ticket(1), 'WAITING', now());
        insert into ordering.orders (order_id, user_id, status, items_amount, discount_amount, total_amount,
            payment_id, created_at, expires_at, closed_at)
        select id, 1, status, 100, 0, 100, payment, now(), now() + interval '1 hour',
            case when status <> 'CREATED' then now() end from o;
        insert into ordering.order_lines (order_id, line, product_id, name, unit_price, quantity)
        select id, 1, 1, 'Tea', 100, 1 from o;
        insert into catalog.reservations (order_id, product_id, quantity, state) select id, 1, 1, goods from o;
        insert into catalog.stock (product_id, on_hand, reserved) values (1, 9, 4);
        insert into catalog.stock_movements (product_id, type, delta, on_hand_after, order_id, occurred_at)
        values (1, 'INITIAL', 10, 10, null, now());
        insert into catalog.stock_movements (product_id, type, delta, on_hand_after, order_id, occurred_at)
        select 1, type, delta, after, id, now() from o join (values
            (2, 'SALE', -1, 9, 1), (4, 'SALE', -1, 8, 2), (4, 'RETURN', 1, 9, 3)) as m (n, type, delta, after, place) using (n)
        order by place;
        insert into payments.payments (payment_id, order_id, user_id, amount, status, created_at, paid_at, refunded_at)
        select payment, id, 1, 100, 'COMPLETED', now(), now(), case when status = 'REFUNDED' then now() end
        from o where paid;
        insert into wallet.wallets (user_id, balance) values (1, 700);
        insert into wallet.ledger (user_id, type, amount, balance_after, occurred_at) values (1, 'CHARGE', 1000, 1000, now());
        insert into wallet.ledger (user_id, type, amount, balance_after, reference, occurred_at)
        select 1, type, amount, after, payment, now() from o join (values
            (2, 'PAYMENT', -100, 900, 1), (3, 'PAYMENT', -100, 800, 2), (4, 'PAYMENT', -100, 700, 3),
            (4, 'REFUND', 100, 800, 4), (6, 'PAYMENT', -100, 700, 5)) as l (n, type, amount, after, place) using (n)
        order by place;
        create temporary table events as select n, gen_random_uuid() as event_id,
            case when n = 5 then 'ordering.order-cancelled' else 'ordering.order-paid' end as type, id::text as stream,
            json_build_object('order', json_build_object('orderId', id, 'userId', 1, 'status', status,
                'items', json_build_array(json_build_object('productId', 1, 'name', 'Tea', 'unitPrice', 100, 'quantity', 1,
                    'amount', 100)), 'itemsAmount', 100, 'discountAmount', 0, 'totalAmount', 100, 'userCouponId', null,
                'paymentId', payment, 'createdAt', now(), 'expiresAt', now() + interval '1 hour', 'closedAt', now())) as payload
        from o where n in (3, 5, 6);
        insert into ordering.outbox (event_id, type, stream, payload, occurred_at)
        select event_id, type, stream, payload, now() from events where n in (3, 5) order by n;
        insert into ordering.outbox_failures (message_id, event_id, type, stream, payload, occurred_at, handler, status,
            attempts, last_error, failed_at, next_attempt_at)
        select 1, event_id, type, stream, payload, now(), handler, 'DEAD', 10, 'planted', now(), now()
        from events, unnest(array['catalog.sell-stock', 'catalog.release-stock']) as handler where n = 6;
        insert into ranking.daily_sales (day, product_id, quantity)
        select (now() at time zone 'Asia/Seoul')::date, 1, 2;
        """;

    [Fact]
    public async Task Orders_in_every_state_come_along_and_the_books_are_consistent()
    {
        var database = await EditionOneAsync();
        await using var host = await ShopHost.StartAsync(database);
        await host.DeliverEventsAsync();

        Assert.Equal("1,6", await GoodsAsync(host, "RESERVED"));
        Assert.Equal("2,3", await GoodsAsync(host, "SOLD"));
        Assert.Equal("4", await GoodsAsync(host, "RETURNED"));
        Assert.Equal("5", await GoodsAsync(host, "RELEASED"));
        Assert.Equal(
            "catalog.settle-reservations DEAD",
            await host.QueryAsync<string>("select string_agg(handler || ' ' || status, ',') from ordering.outbox_failures"));

        await host.ExecuteAsync("update ordering.outbox_failures set status = 'RETRYING', next_attempt_at = now()");
        await host.DeliverEventsAsync();
        Assert.Equal("2,3,6", await GoodsAsync(host, "SOLD"));
        Assert.Equal(0, await host.QueryAsync<long>("select count(*) from ordering.outbox_failures"));
        Assert.Equal(7, await host.QueryAsync<long>("select on_hand from catalog.stock"));
        Assert.Equal(1, await host.QueryAsync<long>("select reserved from catalog.stock"));
        Assert.Equal(100, await host.QueryAsync<long>("select refunded_amount from payments.payments where refunded_at is not null"));
        var audit = await ShopProgram.RunAsync(["audit", "--environment=Development", $"--ConnectionStrings:Shop={database}"]);
        Assert.Equal((0, ""), (audit.ExitCode, audit.ExitCode == 0 ? "" : audit.Output));
    }

    [Fact]
    public async Task While_an_older_host_is_connected_the_migration_refuses_and_force_overrides()
    {
        var database = await EditionOneAsync();
        var older = new NpgsqlConnectionStringBuilder(database) { ApplicationName = "shop", Pooling = false };
        await using var host = new NpgsqlConnection(older.ConnectionString);
        await host.OpenAsync();

        var (exitCode, line) = await FailingStart.OfAsync(database);
        Assert.Equal(69, exitCode);
        Assert.Contains("Stop all older hosts first", line, StringComparison.Ordinal);
        Assert.Equal(0, (await ShopProgram.RunAsync(["migrate", "--force", "--environment=Development", $"--ConnectionStrings:Shop={database}"])).ExitCode);

        // An older host that goes on finds its table gone.
        await using var reserve = new NpgsqlCommand("insert into catalog.reservations values (gen_random_uuid(), 1, 1, 'RESERVED')", host);
        var error = await Assert.ThrowsAsync<PostgresException>(() => reserve.ExecuteNonQueryAsync());
        Assert.Equal(PostgresErrorCodes.UndefinedTable, error.SqlState);
    }

    private static Task<string> GoodsAsync(ShopHost host, string goods) => host.QueryAsync<string>($"""
        select coalesce(string_agg(right(order_id::text, 1), ',' order by order_id), 'none') from (
            select o.order_id, case
                when exists (select 1 from catalog.stock_movements m where m.cause = o.order_id and m.type = 'RETURN') then 'RETURNED'
                when exists (select 1 from catalog.stock_movements m where m.cause = o.order_id) then 'SOLD'
                when exists (select 1 from catalog.stock_reservations r where r.order_id = o.order_id) then 'RESERVED'
                else 'RELEASED' end as goods
            from ordering.orders o) as goods
        where goods = '{goods}'
        """);

    private async Task<string> EditionOneAsync()
    {
        var database = await TestDatabases.CreateEmptyAsync();
        await using var connection = new NpgsqlConnection($"{database};Pooling=false");
        await connection.OpenAsync();
        foreach (var schema in Migration.Of(Shop.Services.GetServices<IModule>()).GroupBy(migration => migration.Schema))
        {
            await ExecuteAsync($"""
                create schema if not exists {schema.Key};
                create table {schema.Key}.migrations (
                    number int primary key, name text not null, sha256 text not null, applied_at timestamptz not null)
                """);
            foreach (var script in schema.Where(IsOfEditionOne))
            {
                await ExecuteAsync(script.Sql);
                await ExecuteAsync(
                    $"insert into {schema.Key}.migrations values ({script.Number}, '{script.Name}', '{script.Sha256}', now())");
            }
        }

        await ExecuteAsync(Books);
        return database;

        async Task ExecuteAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync();
        }
    }

    private static bool IsOfEditionOne(Migration migration) =>
        Scripts.Contains(migration.FullName) || migration.Number is 0 or 9000 or 9001;
}
