using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Commands;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Http;
using Shop.Coupons.Queue;
using Shop.IntegrationTests.Testing;
using Shop.Messages;
using Shop.Ordering.Orders;
using Shop.Payments.Payments;
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

    // Orders of one piece in every state, with what each handler of edition 1 has done for them or not: 3, 5, 7, 8 and
    // 11 have events under way, 6, 10, 13 and 14 have dead letters. 10 and 11 have a coupon each. Three users have
    // stood in the line of a third one.
    private const string Books = """
        insert into identity.users (email, normalized_email, name, role, security_stamp, created_at)
        select n || '@example.com', n || '@EXAMPLE.COM', 'Customer', 'CUSTOMER', 'stamp', now()
            from generate_series(1, 3) n;
        insert into catalog.products (name, price, status, created_at) values ('Tea', 100, 'SELLING', now());

        create temporary table o as
            select n, ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid as id, status, goods, paid, coupon,
                case when paid or status = 'PAYMENT_FAILED' then gen_random_uuid() end as payment,
                100 - case when coupon is null then 0 else 10 end as total
            from (values
                (1, 'CREATED', 'RESERVED', false, null::bigint),
                (2, 'PAID', 'SOLD', true, null),
                (3, 'PAID', 'RESERVED', true, null),
                (4, 'REFUNDED', 'RETURNED', true, null),
                (5, 'CANCELLED', 'RESERVED', false, null),
                (6, 'PAID', 'RESERVED', true, null),
                (7, 'REFUNDED', 'SOLD', true, null),
                (8, 'REFUNDED', 'RESERVED', true, null),
                (9, 'REFUNDED', 'RELEASED', true, null),
                (10, 'PAID', 'SOLD', true, 1),
                (11, 'EXPIRED', 'RESERVED', false, 2),
                (12, 'PAYMENT_FAILED', 'RELEASED', false, null),
                (13, 'REFUNDED', 'RELEASED', true, null),
                (14, 'REFUNDED', 'RESERVED', true, null)) as o (n, status, goods, paid, coupon);

        insert into coupons.coupons (name, discount_type, discount_value, quantity, issued, issue_from, issue_until,
            valid_from, valid_until, created_at)
        select 'Ten', 'FIXED', 10, 5, 1, now() - interval '1 day', now() + interval '1 day', now() - interval '1 day',
            now() + interval '1 day', now() from generate_series(1, 3);
        insert into coupons.user_coupons (coupon_id, user_id, status, order_id, issued_at)
        select coupon, 1, 'RESERVED', id, now() from o where coupon is not null order by n;
        insert into coupons.user_coupons (coupon_id, user_id, status, issued_at) values (3, 2, 'AVAILABLE', now());
        insert into coupons.requests
            (request_id, coupon_id, user_id, ticket, status, requested_at, settled_at, user_coupon_id, reason)
        values
            (gen_random_uuid(), 3, 2, coupons.next_ticket(3), 'COMPLETED', now(), now(), 3, null),
            (gen_random_uuid(), 3, 3, coupons.next_ticket(3), 'FAILED', now(), now(), null, 'coupons.already_issued'),
            (gen_random_uuid(), 3, 1, coupons.next_ticket(3), 'WAITING', now(), null, null, null);

        insert into ordering.orders (order_id, user_id, status, items_amount, discount_amount, total_amount,
            user_coupon_id, payment_id, created_at, expires_at, closed_at)
        select id, 1, status, 100, 100 - total, total, coupon, payment, now(), now() + interval '1 hour',
            case when status <> 'CREATED' then now() end from o;
        insert into ordering.order_lines (order_id, line, product_id, name, unit_price, quantity)
        select id, 1, 1, 'Tea', 100, 1 from o;
        insert into ordering.deliveries (event_id, order_id, sequence, type, envelope, occurred_at, next_attempt_at)
        select gen_random_uuid(), id, 1, 'order.paid', '{}', now(), now() from o where n = 2;

        insert into catalog.reservations (order_id, product_id, quantity, state) select id, 1, 1, goods from o;
        insert into catalog.stock (product_id, on_hand, reserved)
        values (1, 17, (select count(*) from o where goods = 'RESERVED'));
        insert into catalog.stock_movements (product_id, type, delta, on_hand_after, order_id, occurred_at)
        select 1, type, delta, sum(delta) over (order by place), id, now() from (values
            (null::int, 'INITIAL', 20, 1), (2, 'SALE', -1, 2), (4, 'SALE', -1, 3), (4, 'RETURN', 1, 4),
            (7, 'SALE', -1, 5),
            (10, 'SALE', -1, 6)) as m (n, type, delta, place)
        left join o using (n) order by place;

        insert into payments.payments (payment_id, order_id, user_id, amount, status, created_at, paid_at, refunded_at)
        select payment, id, 1, total, case when paid then 'COMPLETED' else 'FAILED' end, now(),
            case when paid then now() end,
            case when status = 'REFUNDED' then now() end
        from o where payment is not null;
        insert into wallet.ledger (user_id, type, amount, balance_after, reference, occurred_at)
        select 1, type, amount, sum(amount) over (order by place), reference, now() from (
            select 'CHARGE' as type, 5000 as amount, null::uuid as reference, 0 as place
            union all
            select 'PAYMENT', -total, payment, n from o where paid
            union all
            select 'REFUND', total, payment, 100 + n from o where status = 'REFUNDED') as l
        order by place;
        insert into wallet.wallets (user_id, balance)
        select n, case n when 1 then (select sum(amount) from wallet.ledger) else 0 end from generate_series(1, 3) n;

        create temporary table events as
            select row_number() over (order by n, place) as message, n, gen_random_uuid() as event_id, type,
                id::text as stream, json_build_object('paidAt', now(), 'order', json_build_object(
                    'orderId', id, 'userId', 1, 'status', case when type = 'ordering.order-paid' then 'PAID'
                        else status end,
                    'items', json_build_array(json_build_object(
                        'productId', 1, 'name', 'Tea', 'unitPrice', 100, 'quantity', 1, 'amount', 100)),
                    'itemsAmount', 100, 'discountAmount', 100 - total, 'totalAmount', total, 'userCouponId', coupon,
                    'paymentId', payment, 'createdAt', now(), 'expiresAt', now() + interval '1 hour',
                    'closedAt', now())) as payload
            from o join (values
                (3, 'ordering.order-paid', 1), (5, 'ordering.order-cancelled', 1), (6, 'ordering.order-paid', 1),
                (7, 'ordering.order-refunded', 1), (8, 'ordering.order-paid', 1), (8, 'ordering.order-refunded', 2),
                (10, 'ordering.order-paid', 1), (11, 'ordering.order-expired', 1), (13, 'ordering.order-paid', 1),
                (13, 'ordering.order-refunded', 2), (14, 'ordering.order-paid', 1), (14, 'ordering.order-refunded', 2))
                as e (n, type, place) using (n);
        insert into ordering.outbox (event_id, type, stream, payload, occurred_at)
        select event_id, type, stream, payload, now() from events where n in (3, 5, 7, 8, 11) order by message;
        insert into ordering.outbox_failures (message_id, event_id, type, stream, payload, occurred_at, handler, status,
            attempts, last_error, failed_at, next_attempt_at)
        select message, event_id, type, stream, payload, now(), handler, status, 10, 'planted', now(), now()
        from events join (values
            (6, 'ordering.order-paid', 'catalog.sell-stock', 'DEAD'),
            (6, 'ordering.order-paid', 'catalog.release-stock', 'DEAD'),
            (10, 'ordering.order-paid', 'coupons.use-coupon', 'DEAD'),
            (10, 'ordering.order-paid', 'coupons.restore-coupon', 'DISCARDED'),
            (13, 'ordering.order-paid', 'catalog.sell-stock', 'DEAD'),
            (13, 'ordering.order-refunded', 'catalog.sell-stock', 'WAITING'),
            (14, 'ordering.order-paid', 'catalog.sell-stock', 'DEAD'),
            (14, 'ordering.order-refunded', 'catalog.sell-stock', 'WAITING'),
            (14, 'ordering.order-refunded', 'catalog.release-stock', 'DEAD')) as f (n, type, handler, status)
            using (n, type);
        insert into shop.idempotency_keys (caller, key, fingerprint, status, location, body, created_at)
        select 1, age, '', 201, '/there', '{}', now() - age::interval from unnest('{1 hour, 25 hours}'::text[]) as age;
        insert into ranking.daily_sales (day, product_id, quantity)
        select (now() at time zone 'Asia/Seoul')::date, 1, 4;
        """;

    [Fact]
    public async Task Orders_in_every_state_come_along_and_the_books_are_consistent()
    {
        var database = await EditionOneAsync();
        await using var host = await ShopHost.StartAsync(database);
        await IsConsistentAsync(database);
        Assert.Equal("1 hour", await host.QueryAsync<string>(
            "select string_agg(key, ',') from shop.stored_responses where caller = 1"));
        Assert.Equal("2 order.paid", await host.QueryAsync<string>(
            "select ltrim(right(order_id::text, 4), '0') || ' ' || type from ordering.deliveries"));
        Assert.Equal("1,3,5,6,8,11,14", await GoodsAsync(host, "RESERVED"));

        await host.DeliverEventsAsync();
        Assert.Equal("1,6,14", await GoodsAsync(host, "RESERVED"));
        Assert.Equal("2,3,10", await GoodsAsync(host, "SOLD"));
        Assert.Equal("4,7,8", await GoodsAsync(host, "RETURNED"));
        Assert.Equal("5,9,11,12,13", await GoodsAsync(host, "RELEASED"));
        Assert.Equal("1 RESERVED,2 AVAILABLE,3 AVAILABLE", await CouponsAsync(host));
        Assert.Equal(
            "6 catalog.settle-reservations DEAD,10 coupons.settle-coupons DEAD,13 catalog.settle-reservations DEAD,"
            + "13 catalog.settle-reservations WAITING,14 catalog.settle-reservations DEAD,14 "
                + "catalog.settle-reservations DEAD",
            await host.QueryAsync<string>("""
                select string_agg(format('%s %s %s', ltrim(right(stream, 4), '0'), handler, status), ','
                    order by message_id)
                from ordering.outbox_failures
                """));
        await IsConsistentAsync(database);

        await host.ExecuteAsync("update ordering.outbox_failures set status = 'RETRYING', next_attempt_at = now()");
        await host.DeliverEventsAsync();
        Assert.Equal("2,3,6,10", await GoodsAsync(host, "SOLD"));
        Assert.Equal("4,7,8,14", await GoodsAsync(host, "RETURNED"));
        Assert.Equal("5,9,11,12,13", await GoodsAsync(host, "RELEASED"));
        Assert.Equal("1 USED,2 AVAILABLE,3 AVAILABLE", await CouponsAsync(host));
        Assert.Equal(0, await host.QueryAsync<long>("select count(*) from ordering.outbox_failures"));
        Assert.Equal(16, await host.QueryAsync<long>("select on_hand from catalog.stock"));
        Assert.Equal(1, await host.QueryAsync<long>("select reserved from catalog.stock"));
        Assert.Equal(0, await host.QueryAsync<long>(
            "select count(*) from payments.payments where refunded_amount <> case when refunded_at is null then 0 else "
                + "100 end"));
        await IsConsistentAsync(database);
    }

    [Fact]
    public async Task The_orders_go_on_and_the_line_is_served()
    {
        var database = await EditionOneAsync();
        await using var host = await ShopHost.StartAsync(database);
        await host.DeliverEventsAsync();
        await using var scope = host.Services.CreateAsyncScope();
        var mediator = scope.ServiceProvider.GetRequiredService<IMediator>();
        var customer = TestCallers.Customer(1);

        var paid = await mediator.Send(new PayOrder(Id(1), customer));
        await mediator.Send(new CancelOrder(Id(2), customer, Reason: null));
        await Assert.ThrowsAsync<ErrorException>(() => mediator.Send(new CancelOrder(Id(4), customer, Reason: null)));
        await host.Services.GetRequiredService<ProcessQueues>().RunOnceAsync(CancellationToken.None);
        await host.DeliverEventsAsync();

        Assert.Equal(100, paid.Amount);
        Assert.Equal("1,3,10", await GoodsAsync(host, "SOLD"));
        Assert.Equal("2,4,7,8", await GoodsAsync(host, "RETURNED"));
        Assert.Equal(
            2, await host.QueryAsync<long>("select count(*) from coupons.requests where status = 'COMPLETED'"));
        Assert.Equal(0, await host.QueryAsync<long>("""
            select count(*) from coupons.user_coupons u join coupons.coupons c using (coupon_id)
            where (u.valid_from, u.valid_until) is distinct from (c.valid_from, c.valid_until)
            """));
        await IsConsistentAsync(database);

        static Guid Id(int n) => new($"00000000-0000-7000-8000-{n:D12}");
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
        Assert.Equal(0, (await ShopProgram.RunAsync(
            ["migrate", "--force", "--environment=Development", $"--ConnectionStrings:Shop={database}"])).ExitCode);

        // An older host that goes on finds its table gone, and can't set an event aside where no handler will find it.
        await using var reserve = new NpgsqlCommand(
            "insert into catalog.reservations values (gen_random_uuid(), 1, 1, 'RESERVED')", host);
        var error = await Assert.ThrowsAsync<PostgresException>(() => reserve.ExecuteNonQueryAsync());
        Assert.Equal(PostgresErrorCodes.UndefinedTable, error.SqlState);
        await using var fail = new NpgsqlCommand(
            "update ordering.outbox_failures set handler = 'catalog.sell-stock' where status = 'DEAD'", host);
        error = await Assert.ThrowsAsync<PostgresException>(() => fail.ExecuteNonQueryAsync());
        Assert.Equal(PostgresErrorCodes.CheckViolation, error.SqlState);
    }

    private static Task<string> GoodsAsync(ShopHost host, string goods) => host.QueryAsync<string>($"""
        select coalesce(string_agg(ltrim(right(order_id::text, 4), '0'), ',' order by order_id), 'none') from (
            select o.order_id, case
                when exists (select 1 from catalog.stock_movements m where m.cause = o.order_id
                    and m.type = 'RETURN') then 'RETURNED'
                when exists (select 1 from catalog.stock_movements m where m.cause = o.order_id) then 'SOLD'
                when exists (select 1 from catalog.stock_reservations r where r.order_id = o.order_id) then 'RESERVED'
                else 'RELEASED' end as goods
            from ordering.orders o) as goods
        where goods = '{goods}'
        """);

    private static Task<string> CouponsAsync(ShopHost host) => host.QueryAsync<string>("""
        select string_agg(user_coupon_id || ' ' || status, ',' order by user_coupon_id) from coupons.user_coupons
        where user_coupon_id <= 3
        """);

    private static async Task IsConsistentAsync(string database)
    {
        var audit = await ShopProgram.RunAsync(
            ["audit", "--environment=Development", $"--ConnectionStrings:Shop={database}"]);
        Assert.Equal((0, ""), (audit.ExitCode, audit.ExitCode == 0 ? "" : audit.Output));
    }

    private async Task<string> EditionOneAsync()
    {
        var database = await TestDatabases.CreateEmptyAsync();
        await using var connection = new NpgsqlConnection($"{database};Pooling=false");
        await connection.OpenAsync();
        foreach (var schema in Migration.Of(Shop.Services.GetServices<IModule>()).GroupBy(
            migration => migration.Schema))
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
                    $"""
                insert into {schema.Key}.migrations
                values ({script.Number}, '{script.Name}', '{script.Sha256}', now())
                """);
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
