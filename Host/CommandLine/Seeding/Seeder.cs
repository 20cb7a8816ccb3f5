using System.Text.Json;
using Dapper;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Activities;
using Shop.Identity.Activities;
using Shop.Identity.Users;

namespace Shop.Host.CommandLine.Seeding;

/// <summary>
/// Writes what the modules' own commands would have written, thousands of rows at a time, in one transaction. Like the
/// audit it knows all schemas, and it touches nothing that was there before: the shop may be running meanwhile.
/// </summary>
internal sealed class Seeder(
    NpgsqlDataSource source, Passwords passwords, ILookupNormalizer normalizer, IHostEnvironment environment,
    IOptions<ShopOptions> shop, CommandScope commands,
    IProgress<double> progress)
{
    private const int Chunk = 5_000;
    private const long Gift = 100_000;
    private const long Adjustment = 3_000;
    private const long FirstStock = 10_000;
    private const int DemoOrders = 300;

    private static readonly TimeSpan DemoPast = TimeSpan.FromDays(6);
    private static readonly TimeSpan Past = TimeSpan.FromDays(29);

    private const string LiftLimits =
        "set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0";

    // An empty shop has no record of its time zone yet: the first host to start makes the same one.
    private const string RecordTimeZone = """
        insert into ranking.time_zones (since, time_zone)
        select '-infinity', @zone where not exists (select from ranking.time_zones)
        """;

    private const string TimeZones = "select since, time_zone from ranking.time_zones order by since desc";

    private const string InsertCategories = """
        insert into catalog.categories (name, level)
        select name, 1 from unnest(@names) with ordinality as named (name, place) order by place
        returning name, category_id
        """;

    private const string HasProducts = "select exists (select 1 from catalog.products)";

    private const string InsertCoupon = """
        insert into coupons.coupons
            (name, discount_type, discount_value, max_discount, minimum_order_amount, quantity, issued, issue_from,
                issue_until, valid_from, valid_until, created_at)
        values (@Name, @Type, @Value, @MaxDiscount, @MinimumOrderAmount, @Quantity, @held, @now, @until, @now, @until,
            @now)
        returning coupon_id
        """;

    private const string HoldCoupon = """
        insert into coupons.user_coupons (coupon_id, user_id, status, issued_at)
        select @coupon, user_id, 'AVAILABLE', @now from unnest(@users) as user_id order by user_id
        """;

    private const string InsertTopUps = """
        insert into wallet.top_ups
            (top_up_id, user_id, amount, status, provider, provider_payment_id, transaction_id, created_at,
                expires_at, settled_at)
        select reference, user_id, amount, 'COMPLETED', 'FAKE', format('seed_%s', transaction_id), transaction_id,
            occurred_at, occurred_at + interval '15 minutes', occurred_at
        from wallet.ledger
        where user_id = any(@users) and type = 'CHARGE' and reference is not null
        """;

    // The provider has declined the first; the second was never paid.
    private const string InsertUnpaidTopUps = """
        insert into wallet.top_ups
            (top_up_id, user_id, amount, status, provider, reason, created_at, expires_at, settled_at)
        select gen_random_uuid(), @userId, 50000, status, @provider, reason, @at, @at + interval '15 minutes', settled
        from (values ('FAILED', 'DECLINED', @at::timestamptz), ('EXPIRED', null, null)) as t (status, reason, settled)
        """;

    private const string RefundPiece = """
        with piece as (
            select o.order_id, o.user_id, o.payment_id, l.line, l.product_id, l.unit_price, o.closed_at as paid_at
            from ordering.orders o join ordering.order_lines l using (order_id)
            where o.status = 'PAID' and l.quantity = 2
            order by o.order_id desc limit 1),
        refunded as (
            update ordering.orders o
            set refunded_amount = p.unit_price, refunds = 1,
                refunded_quantities = (
                    select array_agg((l.line = p.line)::int order by l.line)
                    from ordering.order_lines l where l.order_id = p.order_id)
            from piece p where o.order_id = p.order_id),
        paid as (
            update payments.payments y set refunded_amount = p.unit_price
            from piece p where y.payment_id = p.payment_id),
        kept as (
            insert into ordering.refunds (refund_id, order_id, number, amount, restock, reason, refunded_at)
            select @refundId, order_id, 1, unit_price, true, '하나는 필요 없어요 / One was enough', @now from piece),
        kept_lines as (
            insert into ordering.refund_lines (refund_id, product_id, quantity, amount)
            select @refundId, product_id, 1, unit_price from piece)
        select order_id, user_id, payment_id, product_id, unit_price, paid_at from piece
        """;

    // Pieces are counted from now on, as where a limit is set later.
    private const string LimitProduct = """
        update catalog.stock
        set max_per_order = @maxPerOrder, max_per_user = @maxPerUser, limit_period = limit_period + 1
        where product_id = @productId
        """;

    /// <param name="size">Null for the demo shop.</param>
    /// <exception cref="InvalidOperationException">The demo is for an empty shop.</exception>
    public async Task FillAsync(SeedSize? size, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await connection.ExecuteAsync(LiftLimits);
        if (size is null)
            await FillDemoAsync(connection, ct);
        else
            await FillAsync(connection, size, ct);
        var done = new Seed(size?.Users, size?.Products, size?.Orders);
        if (commands.Origin?.Describe(done, result: null) is { } record)
            await ActivityLog.WriteAsync(connection, record, ct);
        await transaction.CommitAsync(ct);
    }

    /// <summary>The row of activity, as the command of other verbs. No sizes: the demo.</summary>
    private sealed record Seed(int? Users, int? Products, int? Orders);

    private static async Task<DateTimeOffset> NowAsync(NpgsqlConnection connection) =>
        new(await connection.QuerySingleAsync<DateTime>("select shop.now()"));

    private async Task FillDemoAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        if (await connection.ExecuteScalarAsync<bool>(HasProducts))
            throw new InvalidOperationException(
                "There are products already. The demo is for an empty shop; --users, --products and --orders add to "
                    + "any.");

        var now = await NowAsync(connection);
        // The password is public, so outside Development no sign-in accepts it.
        var hash = environment.IsDevelopment() ? await passwords.HashAsync(DemoShop.Password, ct) : null;
        var users = await AddUsersAsync(connection, DemoShop.Customers, hash, now - DemoPast, ct, topUps: true);
        await connection.ExecuteAsync(InsertTopUps, new { users = users.Select(user => user.UserId).ToArray() });
        await connection.ExecuteAsync(
            InsertUnpaidTopUps, new { userId = users[0].UserId, provider = "FAKE", at = now - DemoPast });
        await AdjustAsync(connection, users[0], now - DemoPast, ct);
        var categories = await AddCategoriesAsync(connection);
        var products = await AddProductsAsync(connection, DemoShop.Products, now - DemoPast, ct, categories);
        foreach (var coupon in DemoShop.Coupons)
        {
            var held = coupon.IsHeld ? users.Select(user => user.UserId).ToArray() : [];
            var until = now + TimeSpan.FromDays(90);
            var id = await connection.ExecuteScalarAsync<long>(
                InsertCoupon,
                new
                {
                    coupon.Name,
                    coupon.Type,
                    coupon.Value,
                    coupon.MaxDiscount,
                    coupon.MinimumOrderAmount,
                    coupon.Quantity,
                    held = held.Length,
                    now,
                    until,
                });
            await connection.ExecuteAsync(HoldCoupon, new { coupon = id, users = held, now });
        }

        await AddOrdersAsync(connection, users, products, DemoOrders, now, DemoPast, ct, refundsInPart: true);
        await connection.ExecuteAsync(
            LimitProduct, new { productId = products[0].ProductId, maxPerOrder = 2, maxPerUser = 3 });
    }

    private async Task FillAsync(NpgsqlConnection connection, SeedSize size, CancellationToken ct)
    {
        var now = await NowAsync(connection);
        var batch = Guid.CreateVersion7(now).ToString("N");
        var users = await AddUsersAsync(
            connection,
            Enumerable.Range(1, size.Users).Select(n => new DemoCustomer($"{n}.{batch}@seed.example", $"User {n}"))
                .ToList(), null, now - Past, ct);
        var products = await AddProductsAsync(
            connection, Enumerable.Range(1, size.Products).Select(DemoShop.ProductLike).ToList(), now - Past, ct);
        await AddOrdersAsync(connection, users, products, size.Orders, now, Past, ct);
    }

    private static Task AdjustAsync(
        NpgsqlConnection connection, SeededUser user, DateTimeOffset at, CancellationToken ct)
    {
        user.Balance += Adjustment;
        return CopyEntriesAsync(
            connection,
            [new PastEntry(user.UserId, "ADJUSTMENT", Adjustment, user.Balance, null, null, at, "A parcel was late")],
            ct);
    }

    private async Task<IReadOnlyList<SeededUser>> AddUsersAsync(
        NpgsqlConnection connection, IReadOnlyList<DemoCustomer> customers, string? passwordHash, DateTimeOffset at,
        CancellationToken ct, bool topUps = false)
    {
        var ids = await NextIdsAsync(connection, "identity.users", "user_id", customers.Count);
        await connection.CopyAsync(
            "identity.users (user_id, email, normalized_email, name, password_hash, security_stamp, role, created_at)",
            customers.Zip(ids),
            (copy, row) =>
            {
                copy.Write(row.Second);
                copy.Write(row.First.Email);
                copy.Write(normalizer.NormalizeEmail(row.First.Email));
                copy.Write(row.First.Name);
                copy.WriteOrNull(passwordHash);
                copy.Write(Guid.NewGuid().ToString("N"));
                copy.Write(User.CustomerRole);
                copy.Write(at.UtcDateTime);
            },
            ct);
        await CopyEntriesAsync(connection, ids.Select(Charge), ct);
        return ids.ConvertAll(id => new SeededUser(id) { Balance = Gift });

        PastEntry Charge(long userId)
        {
            Guid? topUp = topUps ? Guid.CreateVersion7(at) : null;
            return new PastEntry(userId, "CHARGE", Gift, Gift, topUp, topUp, at);
        }
    }

    /// <returns>The categories' ids by their names.</returns>
    private static async Task<IReadOnlyDictionary<string, long>> AddCategoriesAsync(NpgsqlConnection connection)
    {
        return (await connection.QueryAsync<(string Name, long CategoryId)>(
                InsertCategories, new { names = DemoShop.Categories }))
            .ToDictionary(category => category.Name, category => category.CategoryId);
    }

    /// <param name="categories">Null for products without categories and images.</param>
    private static async Task<IReadOnlyList<SeededProduct>> AddProductsAsync(
        NpgsqlConnection connection, IReadOnlyList<DemoProduct> products, DateTimeOffset at, CancellationToken ct,
        IReadOnlyDictionary<string, long>? categories = null)
    {
        var ids = await NextIdsAsync(connection, "catalog.products", "product_id", products.Count);
        await connection.CopyAsync(
            "catalog.products (product_id, name, description, price, status, created_at, category_ids, images)",
            products.Zip(ids),
            (copy, row) =>
            {
                copy.Write(row.Second);
                copy.Write(row.First.Name);
                copy.Write(row.First.Description);
                copy.Write(row.First.Price);
                copy.Write("SELLING");
                copy.Write(at.UtcDateTime);
                copy.Write(
                    categories is null ? [] : row.First.Categories.Select(name => categories[name]).ToArray());
                copy.Write(categories is null ? "[]" : ImagesOf(row.First), NpgsqlDbType.Jsonb);
            },
            ct);
        await CopyMovementsAsync(
            connection, ids.Select(id => new PastMovement(id, "INITIAL", FirstStock, FirstStock, null, null, at)), ct);
        return [.. products.Zip(
            ids,
            (product, id) => new SeededProduct(
                id, product.Name, product.Price, categories is null ? null : product.Left)
            {
                OnHand = FirstStock,
            })];
    }

    private static string ImagesOf(DemoProduct product) =>
        JsonSerializer.Serialize(
            new[] { new { Url = $"{DemoShop.Drawings}{product.Drawing}.svg", Alt = product.Name } });

    // Some products end with little stock: pages have that to show.
    private static async Task CountStockAsync(
        NpgsqlConnection connection, IReadOnlyList<SeededProduct> products, DateTimeOffset now, CancellationToken ct)
    {
        List<PastMovement> counted = [];
        foreach (var product in products)
        {
            if (product.Left is not { } left || left == product.OnHand)
                continue;
            counted.Add(new(product.ProductId, "ADJUSTMENT", left - product.OnHand, left, "재고 조사", null, now));
            product.OnHand = left;
        }

        await CopyMovementsAsync(connection, counted, ct);
    }

    private async Task AddOrdersAsync(
        NpgsqlConnection connection, IReadOnlyList<SeededUser> users, IReadOnlyList<SeededProduct> products, int count,
        DateTimeOffset now, TimeSpan past, CancellationToken ct, bool refundsInPart = false)
    {
        var dayOf = await DaysAsync(connection, ct);
        var orders = new PastOrders(new Random(count), users, products, dayOf);
        // The last one is closed before now, an expired one too.
        var (first, step) = (now - past + TimeSpan.FromMinutes(1), (past - TimeSpan.FromHours(1)) / Math.Max(count, 1));
        for (var done = 0; done < count; done += Chunk)
        {
            for (var i = done; i < Math.Min(done + Chunk, count); i++)
                orders.Add((first + (step * i)).ToMicroseconds());
            await CopyAsync(connection, orders, ct);
            orders.Clear();
            progress.Report((double)done / count);
        }

        if (refundsInPart)
        {
            var sale = await RefundInPartAsync(connection, users, products, now, ct);
            orders.Sales[(dayOf(sale.PaidAt), sale.ProductId)] -= 1;
        }

        await CountStockAsync(connection, products, now, ct);
        await connection.CopyAsync(
            "ranking.daily_sales (day, product_id, quantity)", orders.Sales,
            (copy, sale) => Write(copy, sale.Key.Day, sale.Key.ProductId, sale.Value), ct);
        await connection.CopyAsync(
            "wallet.wallets (user_id, balance)", users, (copy, user) => Write(copy, user.UserId, user.Balance), ct);
        await connection.CopyAsync(
            "catalog.stock (product_id, on_hand)", products,
            (copy, product) => Write(copy, product.ProductId, product.OnHand), ct);
    }

    /// <summary>Refunds one of two pieces of the last order that has two.</summary>
    /// <returns>The sale that it takes a piece off.</returns>
    private static async Task<(DateTimeOffset PaidAt, long ProductId)> RefundInPartAsync(
        NpgsqlConnection connection, IReadOnlyList<SeededUser> users, IReadOnlyList<SeededProduct> products,
        DateTimeOffset now, CancellationToken ct)
    {
        var refundId = Guid.CreateVersion7(now);
        var refund = await connection.QuerySingleAsync<RefundedPiece>(RefundPiece, new { refundId, now });
        var user = users.Single(user => user.UserId == refund.UserId);
        user.Balance += refund.UnitPrice;
        PastEntry entry = new(
            user.UserId, "REFUND", refund.UnitPrice, user.Balance, refund.PaymentId, refundId, now);
        await CopyEntriesAsync(connection, [entry], ct);
        var product = products.Single(product => product.ProductId == refund.ProductId);
        product.OnHand++;
        PastMovement movement = new(
            product.ProductId, "RETURN", 1, product.OnHand, null, refund.OrderId, now, Cause: refundId);
        await CopyMovementsAsync(connection, [movement], ct);
        return (new DateTimeOffset(refund.PaidAt), refund.ProductId);
    }

    private sealed record RefundedPiece(
        Guid OrderId, long UserId, Guid PaymentId, long ProductId, long UnitPrice, DateTime PaidAt);

    // Days as Ranking counts them.
    private async Task<Func<DateTimeOffset, DateOnly>> DaysAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var record = new CommandDefinition(RecordTimeZone, new { zone = shop.Value.TimeZone }, cancellationToken: ct);
        await connection.ExecuteAsync(record);
        var recorded = new CommandDefinition(TimeZones, cancellationToken: ct);
        var zones = (await connection.QueryAsync<(DateTime Since, string Name)>(recorded))
            .Select(zone => (zone.Since, Shop: new ShopOptions { TimeZone = zone.Name })).ToList();
        return at => zones.First(zone => zone.Since <= at.UtcDateTime).Shop.DayOf(at);
    }

    private static async Task CopyAsync(NpgsqlConnection connection, PastOrders past, CancellationToken ct)
    {
        await connection.CopyAsync(
            "ordering.orders (order_id, user_id, status, items_amount, discount_amount, total_amount, payment_id, "
                + "created_at, expires_at, closed_at)",
            past.Orders,
            (copy, order) =>
            {
                Write(copy, order.OrderId, order.UserId, order.Status);
                Write(copy, order.Amount, 0L, order.Amount);
                copy.WriteOrNull(order.PaymentId);
                Write(copy, order.CreatedAt.UtcDateTime, order.ExpiresAt.UtcDateTime, order.ClosedAt.UtcDateTime);
            },
            ct);
        await connection.CopyAsync(
            "ordering.order_lines (order_id, line, product_id, name, unit_price, quantity)",
            past.Lines,
            (copy, line) =>
            {
                Write(copy, line.OrderId, line.Line, line.Product.ProductId);
                Write(copy, line.Product.Name, line.Product.Price, line.Quantity);
            },
            ct);
        await connection.CopyAsync(
            "payments.payments (payment_id, order_id, user_id, amount, status, created_at, paid_at, refunded_at, "
                + "refunded_amount)",
            past.Payments,
            (copy, payment) =>
            {
                Write(copy, payment.PaymentId, payment.OrderId, payment.UserId);
                Write(
                    copy, payment.Amount, payment.PaidAt is null ? "FAILED" : "COMPLETED",
                    payment.CreatedAt.UtcDateTime);
                copy.WriteOrNull(payment.PaidAt?.UtcDateTime);
                copy.WriteOrNull(payment.RefundedAt?.UtcDateTime);
                copy.Write(payment.RefundedAt is null ? 0L : payment.Amount);
            },
            ct);
        await CopyEntriesAsync(connection, past.Entries, ct);
        await CopyMovementsAsync(connection, past.Movements, ct);
    }

    private static Task CopyEntriesAsync(
        NpgsqlConnection connection, IEnumerable<PastEntry> entries, CancellationToken ct) => connection.CopyAsync(
        "wallet.ledger (user_id, type, amount, balance_after, reference, cause, occurred_at, reason)",
        entries,
        (copy, entry) =>
        {
            Write(copy, entry.UserId, entry.Type, entry.Amount);
            copy.Write(entry.BalanceAfter);
            copy.WriteOrNull(entry.Reference);
            copy.WriteOrNull(entry.Cause);
            copy.Write(entry.At.UtcDateTime);
            copy.WriteOrNull(entry.Reason);
        },
        ct);

    private static Task CopyMovementsAsync(
        NpgsqlConnection connection, IEnumerable<PastMovement> movements, CancellationToken ct) => connection.CopyAsync(
        "catalog.stock_movements (product_id, type, delta, on_hand_after, reason, order_id, cause, occurred_at)",
        movements,
        (copy, movement) =>
        {
            Write(copy, movement.ProductId, movement.Type, movement.Delta);
            copy.Write(movement.OnHandAfter);
            copy.WriteOrNull(movement.Reason);
            copy.WriteOrNull(movement.OrderId);
            copy.WriteOrNull(movement.Cause ?? movement.OrderId);
            copy.Write(movement.At.UtcDateTime);
        },
        ct);

    private static void Write<T1, T2>(NpgsqlBinaryImporter copy, T1 one, T2 two)
    {
        copy.Write(one);
        copy.Write(two);
    }

    private static void Write<T1, T2, T3>(NpgsqlBinaryImporter copy, T1 one, T2 two, T3 three)
    {
        Write(copy, one, two);
        copy.Write(three);
    }

    // Taken ahead, so that what refers to a row can be written without asking for its id.
    private static async Task<List<long>> NextIdsAsync(
        NpgsqlConnection connection, string table, string column, int count) =>
        (await connection.QueryAsync<long>(
            $"select nextval(pg_get_serial_sequence('{table}', '{column}')) from generate_series(1, {count})"))
            .AsList();
}
