using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Npgsql;
using Shop.BuildingBlocks.Database;
using Shop.Identity.Activities;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Database;

/// <summary>
/// The writes of a batch touch as many rows as the batch has: no statement compares each of its rows with all others.
/// </summary>
public sealed partial class LinearWriteTests : ShopTest
{
    private const int Rows = 1_000;

    // Some nodes hand each row on, and a check of a unique index may look twice.
    private const int Handed = 4;

    private static readonly long[] Ids = [.. Enumerable.Range(1, Rows).Select(n => 1_000L + n)];
    private static readonly Guid[] Orders =
    [
        .. Ids.Select(n => new Guid((int)n, 0, 0x7000, 0x80, 0, 0, 0, 0, 0, 0, 1)),
    ];
    private static readonly Guid[] New = [.. Ids.Select(n => new Guid((int)n, 0, 0x7000, 0x80, 0, 0, 0, 0, 0, 0, 2))];
    private static readonly long[] NewIds = [.. Ids.Select(n => 100_000 + n)];
    private static readonly int[] Ones = [.. Ids.Select(_ => 1)];
    private static readonly long[] LongOnes = [.. Ids.Select(_ => 1L)];
    private static readonly long[] Zeros = [.. Ids.Select(_ => 0L)];
    private static readonly string[] Texts = [.. Ids.Select(_ => "text")];
    private static readonly byte[][] Bytes = Array.ConvertAll(Texts, Encoding.UTF8.GetBytes);
    private static readonly DateTime Now = new(2026, 11, 26, 9, 0, 0, DateTimeKind.Utc);
    private static readonly DateTime[] Times = [.. Ids.Select(_ => Now)];
    private static readonly DateTime?[] NoTimes = [.. Ids.Select(_ => (DateTime?)null)];
    private static readonly Guid?[] NoIds = [.. Ids.Select(_ => (Guid?)null)];
    private static readonly long?[] NoNumbers = [.. Ids.Select(_ => (long?)null)];
    private static readonly string?[] NoTexts = [.. Ids.Select(_ => (string?)null)];
    private static readonly Guid Lease = Guid.NewGuid();

    private static readonly Dictionary<string, (string Name, object Value)[]> Writes = new()
    {
        ["StockLocks.UpdateStock"] = [("products", Ids), ("on_hand", LongOnes), ("reserved", LongOnes)],
        ["StockLocks.InsertReservations"] =
        [
            ("orders", New), ("products", Ids), ("quantities", Ones), ("counted", Ones),
        ],
        ["StockLocks.Count"] = [("users", Ids), ("products", Ids), ("periods", Ones), ("quantities", LongOnes)],
        ["StockLocks.Uncount"] = [("users", Ids), ("products", Ids), ("periods", Ones), ("quantities", LongOnes)],
        ["StockLocks.DeleteReservations"] = [("orders", Orders), ("products", Ids), ("quantities", Ones)],
        ["StockLocks.InsertMovements"] =
        [
            ("products", Ids),
            ("types", All("SALE")),
            ("deltas", Ids.Select(_ => -1L).ToArray()),
            ("on_hand_after", LongOnes),
            ("orders", New), ("causes", New), ("counted", Ones), ("now", Now),
        ],
        ["WalletLocks.UpdateBalances"] = [("users", Ids), ("balances", LongOnes)],
        ["WalletLocks.InsertEntries"] =
        [
            ("ids", NoNumbers), ("users", Ids), ("types", All("PAYMENT")), ("amounts", Zeros), ("balances", LongOnes),
            ("references", New), ("causes", New), ("reasons", NoTexts), ("now", Now),
        ],
        ["PaymentWriter.InsertPayments"] =
        [
            ("payments", New), ("orders", New), ("users", Ids), ("amounts", LongOnes), ("statuses", All("COMPLETED")),
            ("paid", Times), ("now", Now),
        ],
        ["OrderLocks.UpdateOrders"] =
        [
            ("orders", Orders), ("statuses", All("PAID")), ("payments", New), ("closed", Times), ("reasons", NoTexts),
            ("amounts", Zeros), ("refunds", Ids.Select(_ => 0).ToArray()),
        ],
        ["OrderLocks.InsertRefunds"] =
        [
            ("refunds", New), ("orders", Orders), ("numbers", Ones), ("amounts", Zeros),
            ("restocks", Ids.Select(_ => true).ToArray()), ("reasons", Texts), ("times", Times),
        ],
        ["OrderLocks.InsertRefundLines"] =
        [
            ("refunds", New), ("products", Ids), ("quantities", Ones), ("amounts", Zeros),
        ],
        ["OrderLocks.UpdateRefunded"] = [("orders", Orders), ("quantities", All("1"))],
        ["NewOrders.InsertOrders"] =
        [
            ("orders", New),
            ("users", Ids),
            ("statuses", All("CREATED")),
            ("items_amounts", LongOnes),
            ("discounts", Zeros),
            ("coupons", NoNumbers), ("payments", NoIds), ("created", Times), ("expires", Times), ("closed", NoTimes),
            ("placed_by_types", NoTexts), ("placed_by_ids", NoTexts),
            ("from_cart", Ids.Select(_ => true).ToArray()),
        ],
        ["NewOrders.InsertLines"] =
        [
            ("orders", New),
            ("lines", Ones),
            ("products", Ids),
            ("names", Texts),
            ("prices", LongOnes),
            ("quantities", Ones),
            ("discounts", NoNumbers),
        ],
        ["CartLocks.DeleteItems"] = [("users", Ids), ("products", Ids)],
        ["RecordDelivery.InsertDeliveries"] =
        [
            ("events", New),
            ("orders", New),
            ("sequences", Ones),
            ("types", Texts),
            ("envelopes", Bytes),
            ("occurred", Times),
        ],
        ["DeliveryQueue.Fail"] =
        [
            ("ids", Enumerable.Range(1, Rows).Select(n => (long)n).ToArray()), ("counted", Ones), ("slowed", Ones),
            ("errors", Texts), ("pauses", Ids.Select(_ => TimeSpan.FromSeconds(1)).ToArray()), ("lease", Lease),
            ("maxAttempts", 12),
        ],
        ["ActivityLog.InsertActivity"] =
        [
            ("ids", New), ("actor_types", All("SYSTEM")), ("actor_ids", NoTexts), ("users", NoNumbers),
            ("actions", Texts), ("target_types", Texts), ("target_ids", NoTexts), ("befores", NoTexts),
            ("afters", NoTexts), ("addresses", NoTexts), ("traces", NoTexts),
        ],
        ["CountSales.Add"] = [("paid", Times), ("products", Ids), ("quantities", LongOnes)],
        ["CouponLocks.UpdateCoupons"] =
            [("coupons", Ids), ("statuses", All("USED")), ("orders", New), ("now", Now)],
        ["RedeemCodeHandler.CountUses"] =
            [("codes", New.Select(id => id.ToString()).ToArray()), ("counts", Ones)],
        ["RedeemCodeHandler.RecordMisses"] =
            [("users", NewIds), ("places", Ids.Select(_ => 0).ToArray()), ("times", Times)],
        ["CampaignLocks.CountIssued"] = [("coupons", Ids), ("counts", Ones)],
        ["CampaignLocks.InsertUserCoupons"] =
        [
            ("ids", NewIds), ("coupons", Ids), ("users", NewIds), ("valid_from", Times),
            ("valid_until", Times.Select(time => time.AddDays(1)).ToArray()),
            ("now", Now),
        ],
        ["RequestCouponHandler.Enter"] =
            [("requests", New), ("coupons", Ids), ("users", Ids), ("numbers", Ids), ("times", Times)],
    };

    private static readonly Dictionary<string, (string Name, object Value)[]> Reads = new()
    {
        ["OpenOrdersReader.SelectOpen"] = [("users", Ids), ("maximum", 10)],
        ["SettleReservations.SelectReserved"] = [("orders", Orders)],
        ["SettleReservations.SelectSold"] = [("orders", Orders)],
        ["StockLocks.LockStock"] = [("keys", Ids)],
        ["StockLocks.SelectProducts"] = [("products", Ids)],
        ["StockLocks.SelectCounts"] = [("users", Ids), ("products", Ids)],
        ["WalletLocks.LockWallets"] = [("keys", Ids)],
        ["TopUpSettling.LockTopUps"] = [("keys", New)],
        ["OrderLocks.LockOrders"] = [("keys", Orders)],
        ["CartLocks.LockItems"] = [("keys", Ids), ("limit", 51)],
        ["OrderLocks.LockRows"] = [("keys", Orders)],
        ["CouponLocks.LockCoupons"] = [("keys", Ids)],
        ["RevokeCouponHandler.LockCoupon"] = [("keys", Ids)],
        ["SettleCoupons.LockCoupons"] = [("keys", Ids)],
        ["SettleCoupons.Redeem"] = [("orders", Orders)],
        ["SettleCoupons.Release"] = [("orders", Orders)],
        ["LeaveQueueHandler.LockQueue"] = [("keys", Ids)],
        ["CampaignLocks.LockCampaigns"] = [("keys", Ids)],
        ["CampaignLocks.ReadHolders"] = [("coupons", Ids), ("users", Ids)],
        ["RequestCouponHandler.ReadStates"] = [("coupons", Ids), ("users", Ids)],
        ["CountSales.LockCounts"] = [("paid", Times), ("products", Ids)],
    };

    private static readonly string[] UnnestingReads =
    [
        "CartLocks.SelectItems", "OpenOrdersReader.SelectOpen", "StockLocks.SelectCounts",
        "CampaignLocks.ReadHolders", "RequestCouponHandler.ReadStates", "CategoryStore.SelectUnknown",
        "CountOrdersHandler.Count", "NewDeliveries.SelectTypes", "SumSalesHandler.Sum",
    ];

    // Written for some days, for a few rows that are not a batch's, or for each of 20 webhooks.
    private static readonly string[] Others =
        [
            "ApplyImports.InsertErrors", "PopularLists.Replace", "NewDeliveries.Insert",
            "WebhookQueue.Arrive", "WebhookQueue.Fail",
        ];

    [Fact]
    public async Task What_a_batch_of_a_thousand_rows_writes_touches_a_thousand_rows()
    {
        var statements = Statements();
        var unnesting = statements.Where(found => found.Value.Contains("unnest(", StringComparison.Ordinal))
            .Select(found => found.Key)
            .ToList();
        string[] known = [.. Writes.Keys, .. Others, .. UnnestingReads];
        var differences = string.Join(", ", unnesting.Except(known).Concat(known.Except(unnesting)));
        Assert.True(differences.Length == 0, $"Statements that unnest, or no longer do: {differences}");
        await using var connection = await FilledAsync();

        foreach (var (name, parameters) in Writes)
        {
            var (sql, all) = (statements[name], parameters);
            if (name is not ("DeliveryQueue.Fail" or "CountSales.Add"))
                (sql, all) = (CountedStatement.Of(sql), [.. parameters, (CountedStatement.Rows, (long)Rows)]);
            await IsLinearAsync(connection, name, sql, all);
        }
    }

    [Fact]
    public async Task What_a_batch_of_a_thousand_rows_locks_and_reads_touches_a_thousand_rows()
    {
        var (statements, locks) = (Statements(), Locks());
        Assert.Equal(Reads.Keys.Where(name => !statements.ContainsKey(name)).Order(), locks.Keys.Order());
        await using var connection = await FilledAsync();

        foreach (var (name, parameters) in Reads)
        {
            if (statements.TryGetValue(name, out var sql))
            {
                await IsLinearAsync(connection, name, sql, parameters);
                continue;
            }

            await IsLinearAsync(connection, name, locks[name].Sql, parameters);
            await IsLinearAsync(connection, name, $"{locks[name].Sql} skip locked", parameters);
            await IsLinearAsync(connection, name, locks[name].Existing, parameters);
        }
    }

    [Fact]
    public async Task A_statement_that_compares_all_with_all_is_found()
    {
        await using var connection = await FilledAsync();
        var twice = """
            update wallet.wallets w set balance = c.balance
            from unnest(@users, @balances) as c (user_id, balance)
            where w.user_id = c.user_id and w.user_id = any(@users)
            """;
        var parameters = Writes["WalletLocks.UpdateBalances"];
        Assert.True(await TouchedAsync(connection, twice, parameters, "force_generic_plan") > (long)Rows * Rows / 2);
    }

    private static string[] All(string text) => [.. Ids.Select(_ => text)];

    private static async Task IsLinearAsync(
        NpgsqlConnection connection, string name, string sql, (string Name, object Value)[] parameters)
    {
        foreach (var planning in (string[])["force_custom_plan", "force_generic_plan"])
        {
            var touched = await TouchedAsync(connection, sql, parameters, planning);
            Assert.True(
                touched is >= Rows and <= Handed * Rows, $"{name} touches {touched} rows with {planning}:\n{sql}");
        }
    }

    /// <returns>The most rows that a node of the plan hands on or drops.</returns>
    private static async Task<long> TouchedAsync(
        NpgsqlConnection connection, string sql, (string Name, object Value)[] parameters, string planning)
    {
        // Longest first: no name is the beginning of one that is still to be found.
        foreach (var (parameter, place) in parameters.Select((parameter, i) => (parameter, i + 1))
            .OrderByDescending(one => one.parameter.Name.Length))
            sql = sql.Replace($"@{parameter.Name}", $"${place}", StringComparison.Ordinal);
        var types = string.Join(", ", parameters.Select(parameter => TypeOf(parameter.Value)));
        var values = string.Join(", ", parameters.Select(parameter => LiteralOf(parameter.Value)));

        await using var transaction = await connection.BeginTransactionAsync();
        await ExecuteAsync(connection, $"set local plan_cache_mode = {planning}");
        await ExecuteAsync(connection, $"prepare batch ({types}) as {sql}");
        await using var explain = new NpgsqlCommand(
            $"explain (analyze, timing off, costs off, format json) execute batch ({values})", connection);
        using var plan = JsonDocument.Parse((string)(await explain.ExecuteScalarAsync())!);
        await ExecuteAsync(connection, "deallocate batch");
        await transaction.RollbackAsync();
        return Touched(plan.RootElement[0].GetProperty("Plan"));
    }

    private static long Touched(JsonElement node)
    {
        var loops = node.GetProperty("Actual Loops").GetDouble();
        var rows = node.EnumerateObject()
            .Where(member => member.Name == "Actual Rows"
                || member.Name.StartsWith("Rows Removed by", StringComparison.Ordinal))
            .Sum(member => member.Value.GetDouble());
        var below = node.TryGetProperty("Plans", out var plans)
            ? plans.EnumerateArray().Select(Touched).DefaultIfEmpty().Max()
            : 0;
        return Math.Max((long)(rows * loops), below);
    }

    private static string TypeOf(object value) => value switch
    {
        long[] or long?[] => "bigint[]",
        int[] => "int[]",
        Guid[] or Guid?[] => "uuid[]",
        bool[] => "boolean[]",
        string?[] => "text[]",
        byte[][] => "bytea[]",
        DateTime[] or DateTime?[] => "timestamptz[]",
        TimeSpan[] => "interval[]",
        long => "bigint",
        int => "int",
        Guid => "uuid",
        DateTime => "timestamptz",
        _ => throw new ArgumentOutOfRangeException(nameof(value), value.GetType(), "Not known."),
    };

    private static string LiteralOf(object value) => value is Array items
        ? $"'{{{string.Join(
            ',', items.Cast<object?>().Select(item => item is null ? "null" : $"\"{TextOf(item)}\""))}}}'"
        : $"'{TextOf(value)}'";

    private static string TextOf(object value) => value switch
    {
        DateTime time => time.ToString("O", CultureInfo.InvariantCulture),
        byte[] bytes => $@"\\x{Convert.ToHexString(bytes)}",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static IEnumerable<Type> Types() => ((Assembly[])
    [
        typeof(Shop.Catalog.CatalogModule).Assembly, typeof(Shop.Ordering.OrderingModule).Assembly,
        typeof(Shop.Payments.PaymentsModule).Assembly, typeof(Shop.Wallet.WalletModule).Assembly,
        typeof(Shop.Ranking.RankingModule).Assembly, typeof(Shop.Coupons.CouponsModule).Assembly,
        typeof(Shop.Webhooks.WebhooksModule).Assembly,
    ]).SelectMany(assembly => assembly.GetTypes()).Append(typeof(ActivityLog));

    private static IEnumerable<FieldInfo> Fields() => Types()
        .SelectMany(
            type => type.GetFields(
                BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly));

    private static Dictionary<string, string> Statements() => Fields()
        .Where(field => field is { IsLiteral: true } && field.FieldType == typeof(string))
        .Select(field => (Name: $"{field.DeclaringType!.Name}.{field.Name}", Sql: (string)field.GetRawConstantValue()!))
        .Where(found => Statement().IsMatch(found.Sql))
        .DistinctBy(found => found.Name)
        .ToDictionary(found => found.Name, found => found.Sql);

    private static Dictionary<string, LockStatement> Locks() => Fields()
        .Where(field => field.FieldType == typeof(LockStatement))
        .ToDictionary(
            field => $"{field.DeclaringType!.Name}.{field.Name}", field => (LockStatement)field.GetValue(null)!);

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>A session with the shop's settings, in a shop that has each row which the statements name.</summary>
    private async Task<NpgsqlConnection> FilledAsync()
    {
        var connection = new NpgsqlConnection(DatabaseServices.WithDefaults(Shop.ConnectionString));
        await connection.OpenAsync();
        await ExecuteAsync(connection, $"""
            insert into catalog.products (product_id, name, price, status, created_at) overriding system value
            select 1000 + n, 'Tea', 1, 'SELLING', now() from generate_series(1, {Rows}) n;
            insert into catalog.stock (product_id, on_hand, reserved) select 1000 + n, 10, 1
                from generate_series(1, {Rows}) n;
            update catalog.stock set max_per_user = 1000, limit_period = 1;
            insert into catalog.purchase_counts (user_id, product_id, period, quantity)
            select 1000 + n, 1000 + n, 1, 10 from generate_series(1, {Rows}) n;
            insert into wallet.wallets (user_id, balance) select 1000 + n, 10 from generate_series(1, {Rows}) n;
            insert into ordering.cart_items (user_id, product_id, quantity, added_at)
            select 1000 + n, 1000 + n, 1, now() from generate_series(1, {Rows}) n;
            create temporary table numbered as
                select n, order_id from unnest({LiteralOf(Orders)}::uuid[]) with ordinality as o (order_id, n);
            insert into ordering.orders
                (order_id, user_id, status, items_amount, discount_amount, total_amount, created_at, expires_at)
            select order_id, 1000 + n, 'CREATED', 1, 0, 1, now(), now() + interval '1 hour' from numbered;
            insert into ordering.order_lines (order_id, line, product_id, name, unit_price, quantity)
            select order_id, 1, 1000 + n, 'Tea', 1, 1 from numbered;
            insert into catalog.stock_reservations (order_id, product_id, quantity) select order_id, 1000 + n, 1
                from numbered;
            insert into catalog.stock_movements (product_id, type, delta, on_hand_after, order_id, cause, occurred_at)
            select 1000 + n, 'SALE', -1, 9, order_id, order_id, now() from numbered;
            insert into ordering.deliveries
                (event_id, order_id, sequence, type, envelope, occurred_at, next_attempt_at, lease, leased_until)
            select gen_random_uuid(), order_id, 1, 'order.paid', '', now(), now(), '{Lease}', now() from numbered;
            insert into wallet.top_ups (top_up_id, user_id, amount, status, provider, created_at, expires_at)
            select top_up_id, 1, 1, 'PENDING', 'Fake', now(), now()
            from unnest({LiteralOf(New)}::uuid[]) as t (top_up_id);
            alter table coupons.coupons disable trigger open_line;
            insert into coupons.coupons
                (coupon_id, name, discount_type, discount_value, quantity, issue_from, issue_until, valid_from,
                valid_until, created_at) overriding system value
            select 1000 + n, 'Ten', 'FIXED', 10, 10, now(), now() + interval '1 day', now(), now() + interval '1 day',
                now() from generate_series(1, {Rows}) n;
            insert into coupons.codes (folded, code, coupon_id, uses)
            select id::text, id::text, 1001, 10 from unnest({LiteralOf(New)}::uuid[]) as id;
            insert into coupons.lines (coupon_id) select 1000 + n from generate_series(1, {Rows}) n;
            insert into coupons.user_coupons (user_coupon_id, coupon_id, user_id, status, issued_at)
                overriding system value
            select 1000 + n, 1000 + n, 1000 + n, 'AVAILABLE', now() from generate_series(1, {Rows}) n;
            insert into coupons.user_coupons (coupon_id, user_id, status, order_id, issued_at)
            select 1000 + n, 5000 + n, 'RESERVED', order_id, now() from numbered;
            insert into ranking.daily_sales (day, product_id, quantity)
            select (timestamptz '{Now:O}' at time zone time_zone)::date, 1000 + n, 1
            from ranking.zones, generate_series(1, {Rows}) n where until = 'infinity'
            """);
        return connection;
    }

    [GeneratedRegex(
        @"^\s*(select|insert|update|delete|with)\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Statement();
}
