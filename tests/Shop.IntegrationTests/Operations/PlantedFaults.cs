namespace Shop.IntegrationTests.Operations;

/// <summary>
/// A fault that the shop can't make, planted past the constraints into the books of a <see cref="BusyShop"/>.
/// </summary>
/// <param name="Check">The check that must find it.</param>
/// <param name="Sql">The fault.</param>
/// <param name="Also">Checks that can't but see it too.</param>
internal sealed record PlantedFault(string Check, string Sql, params IReadOnlyList<string> Also)
{
    /// <summary>Only a check of everything finds it: nothing new belongs to what is wrong.</summary>
    public bool LeavesNothingNew { get; init; }
}

internal static class PlantedFaults
{
    /// <summary>
    /// The schema would stop most faults: CHECK, UNIQUE and foreign keys go first, for the audit must see what they no
    /// longer stop.
    /// </summary>
    public const string DropConstraints = """
        do $$ declare doomed record; begin
            for doomed in select conrelid::regclass as relation, conname from pg_constraint
                where contype in ('c', 'u', 'f')
                    and connamespace::regnamespace::text in ('identity', 'wallet', 'catalog', 'coupons', 'ordering',
                        'payments', 'ranking')
                order by contype <> 'f'
            loop
                execute format('alter table %s drop constraint %I', doomed.relation, doomed.conname);
            end loop;
        end $$;
        drop index payments.payments_completed;
        drop index wallet.ledger_by_cause;
        drop index catalog.stock_movements_by_cause;
        """;

    // The administrator has a wallet and never used it.
    private const string Admin = "(select user_id from identity.users where role = 'ADMIN')";

    private static readonly string[] MisrankedLists =
    [
        """[{"rank": 2, "productId": 1, "quantitySold": 1}]""",
        """[{"rank": 1, "productId": 1, "quantitySold": 0}]""",
        """[{"rank": 1, "productId": 1, "quantitySold": 1}, {"rank": 2, "productId": 2, "quantitySold": 10}]""",
        """[{"rank": 1, "productId": 2, "quantitySold": 5}, {"rank": 2, "productId": 1, "quantitySold": 5}]""",
        """
        [{"rank": 1, "productId": 1, "quantitySold": 9}, {"rank": 2, "productId": 2, "quantitySold": 8},
         {"rank": 3, "productId": 1, "quantitySold": 7}]
        """,
        """{"not": "a list"}""",
    ];

    public static IReadOnlyList<PlantedFault> All { get; } =
    [
        new(
            "wallet.balance-is-sum-of-ledger",
            $"update wallet.wallets set balance = balance + 1 where user_id = {Admin}")
        {
            LeavesNothingNew = true,
        },
        new(
            "wallet.balance-is-sum-of-ledger",
            $"insert into wallet.ledger (user_id, type, amount, balance_after, occurred_at) values ({Admin}, "
            + "'CHARGE', 5, 5, now())"),
        new(
            "wallet.balance-is-sum-of-ledger",
            "update wallet.wallets set balance = 9223372036854775807 where balance > 0"),

        new(
            "wallet.ledger-follows",
            "update wallet.ledger set balance_after = balance_after + 1 "
            + "where transaction_id = (select min(transaction_id) from wallet.ledger)"),
        new(
            "wallet.ledger-follows",
            "update wallet.ledger set balance_after = 9223372036854775807 where type = 'PAYMENT'"),

        new("wallet.no-negative-balance", $"""
            update wallet.wallets set balance = -5 where user_id = {Admin};
            insert into wallet.ledger (user_id, type, amount, balance_after, occurred_at)
                values ({Admin}, 'CHARGE', -5, -5, now())
            """),

        new("catalog.stock-is-sum-of-movements", "update catalog.stock set on_hand = on_hand + 1"),
        new(
            "catalog.stock-is-sum-of-movements",
            "insert into catalog.products (name, price, status, created_at) values ('No stock row', 1, 'SELLING', "
            + "now())"),

        new(
            "catalog.movements-follow",
            "update catalog.stock_movements set on_hand_after = on_hand_after + 1 "
            + "where movement_id = (select min(movement_id) from catalog.stock_movements)"),

        new("catalog.reserved-is-sum-of-reservations", "update catalog.stock set reserved = reserved + 1"),

        new("catalog.no-negative-stock", """
            with p as (insert into catalog.products (name, price, status, created_at)
                values ('Owed', 1, 'SELLING', now()) returning product_id),
            s as (insert into catalog.stock (product_id, on_hand) select product_id, -3 from p)
            insert into catalog.stock_movements (product_id, type, delta, on_hand_after, reason, occurred_at)
            select product_id, 'ADJUSTMENT', -3, -3, 'Planted', now() from p
            """),

        new(
            "catalog.sales-have-movements",
            "update catalog.stock_movements set type = 'ADJUSTMENT', "
            + "order_id = null, cause = null, reason = 'Planted' where type = 'SALE'",
            "shop.paid-orders-sold-stock"),
        new(
            "shop.undone-orders-hold-nothing",
            "update catalog.stock_movements set type = 'ADJUSTMENT', "
            + "order_id = null, cause = null, reason = 'Planted' where type = 'RETURN'"),
        new("catalog.sales-have-movements", """
            insert into catalog.stock_movements (product_id, type, delta, on_hand_after, order_id, cause, occurred_at)
            select product_id, 'SALE', 0, on_hand_after, order_id, cause, now() from catalog.stock_movements
            where movement_id in (select max(movement_id) from catalog.stock_movements group by product_id)
                and type = 'SALE'
            """, "shop.reservations-match-lines"),
        new("catalog.sales-have-movements", """
            update catalog.stock_movements set cause = gen_random_uuid()
            where type = 'SALE' and order_id in (select order_id from ordering.orders where status = 'REFUNDED')
            """),

        new(
            "catalog.low-stock-is-listed",
            "insert into catalog.low_stock (product_id, status, stock) values (0, 'SELLING', 1)"),
        new(
            "catalog.low-stock-is-listed",
            "update catalog.stock set low_stock_threshold = 1000000000; delete from catalog.low_stock"),
        new(
            "catalog.low-stock-is-listed",
            "update catalog.stock set low_stock_threshold = 1000000000; "
            + "update catalog.low_stock set stock = stock - 1"),
        new("catalog.categories-list-products", """
            insert into catalog.product_categories (product_id, category_id, status, price, name_folded)
            select product_id, 1, status, price, name_folded from catalog.products
            """),
        new(
            "catalog.categories-list-products",
            "update catalog.products set category_ids = '{1}'; delete from catalog.product_categories"),
        new(
            "catalog.categories-list-products",
            "update catalog.products set category_ids = '{1}'; update catalog.product_categories set price = 1"),
        new(
            "catalog.words-are-of-names",
            "insert into catalog.name_words (product_id, position, rest) values (1, 9, 'planted')"),
        new(
            "catalog.words-are-of-names",
            "update catalog.products set name = 'Cup of tea'; delete from catalog.name_words where position = 3"),

        new("coupons.issued-within-quantity", "update coupons.coupons set quantity = issued - 1"),

        new(
            "coupons.issued-is-count-of-held",
            "update coupons.coupons set issued = issued + 1, quantity = quantity + 1"),

        new("coupons.one-for-each-user", """
            with twice as (
                insert into coupons.user_coupons (coupon_id, user_id, status, issued_at)
                select coupon_id, user_id, 'AVAILABLE', now() from coupons.user_coupons order by user_coupon_id limit 1
                    returning coupon_id)
            update coupons.coupons c set issued = issued + 1, quantity = quantity + 1 from twice
                where c.coupon_id = twice.coupon_id
            """),

        new(
            "coupons.completed-requests-have-coupon",
            "update coupons.requests set user_coupon_id = -1 where status = 'COMPLETED'"),
        new(
            "coupons.completed-requests-have-coupon",
            "update coupons.requests set user_id = -1 where status = 'COMPLETED'"),

        new("ordering.amounts-follow-from-lines", "update ordering.order_lines set unit_price = unit_price + 1"),
        new(
            "ordering.amounts-follow-from-lines",
            "update ordering.orders set discount_amount = 1, total_amount = total_amount - 1 "
            + "where user_coupon_id is null and status = 'CREATED'"),
        new("ordering.amounts-follow-from-lines", $"""
            insert into ordering.orders (order_id, user_id, status, items_amount, discount_amount, total_amount,
                created_at, expires_at)
            values (gen_random_uuid(), {Admin}, 'CREATED', 0, 0, 0, now(), now())
            """),

        new("ordering.refunds-follow-from-lines", """
            insert into ordering.refunds (refund_id, order_id, number, amount, restock, reason, refunded_at)
            select gen_random_uuid(), order_id, 1, 0, false, 'Planted', now() from ordering.orders where status = 'PAID'
            """),
        new(
            "ordering.refunds-follow-from-lines",
            "update ordering.orders set refunded_quantities = '{1}' where status = 'PAID'"),

        // A coupon can be RESERVED for one order only, so the other one does not hold it.
        new("ordering.coupon-in-one-order", """
            update ordering.orders set user_coupon_id = (select min(user_coupon_id) from coupons.user_coupons
                where status = 'USED')
            where order_id = (select order_id from ordering.orders where status = 'CREATED' and user_coupon_id is null
                limit 1)
            """, "shop.open-orders-hold-coupon"),

        new("ranking.no-negative-sales", """
            insert into ranking.daily_sales (day, product_id, quantity)
                select (max(computed_at) at time zone 'Asia/Seoul')::date - 29, -1, -1 from ranking.lists
            """, "shop.sales-are-counted"),

        new("ranking.lists-are-whole", "delete from ranking.lists where days = 30"),
        new(
            "ranking.lists-are-whole",
            "update ranking.lists set computed_at = computed_at - interval '1 hour' where days = 7"),
        new(
            "ranking.lists-are-whole",
            "insert into ranking.lists (days, computed_at, items) select 31, max(computed_at), '[]' "
            + "from ranking.lists"),

        .. MisrankedLists.Select(
            items => new PlantedFault(
                "ranking.lists-are-ranked", $"update ranking.lists set items = '{items}' where days = 7")),

        new("shop.sales-are-counted", "update ranking.daily_sales set quantity = quantity + 1"),
        new("shop.sales-are-counted", "delete from ranking.daily_sales"),
        new("shop.sales-are-counted", """
            insert into ranking.daily_sales (day, product_id, quantity)
                select (max(computed_at) at time zone 'Asia/Seoul')::date, -1, 1 from ranking.lists
            """),

        new("shop.personal-data-in-identity", """
            insert into ordering.deliveries (event_id, order_id, sequence, type, envelope, occurred_at, next_attempt_at)
            select gen_random_uuid(), gen_random_uuid(), 1, 'order.paid',
                format('{"order": {"userId": %s, "note": "write to %s"}}', user_id, email), now(), now()
            from identity.users where role = 'ADMIN'
            """),
        new("shop.personal-data-in-identity", """
            update ordering.outbox o
            set payload = jsonb_set(o.payload::jsonb, '{order,customer}', to_jsonb(u.name))::json
            from identity.users u where u.user_id = (o.payload::jsonb #>> '{order,userId}')::bigint
            """),

        new(
            "shop.erased-users-have-closed-wallets",
            $"update wallet.wallets set closed_at = now() where user_id = {Admin}"),
        new(
            "shop.erased-users-have-closed-wallets",
            $"update identity.users set status = 'ERASED' where user_id = {Admin}"),

        new("shop.users-have-wallets", $"delete from wallet.wallets where user_id = {Admin}"),
        new("shop.users-have-wallets", "insert into wallet.wallets (user_id, balance) values (-1, 0)"),

        new("shop.paid-orders-are-paid-once", """
            insert into payments.payments (payment_id, order_id, user_id, amount, status, created_at, paid_at)
            select gen_random_uuid(), order_id, user_id, total_amount, 'COMPLETED', now(), now() from ordering.orders
                where status = 'PAID'
            """),
        new(
            "shop.paid-orders-are-paid-once",
            "update payments.payments set amount = amount + 1 where order_id in (select order_id from "
            + "ordering.orders where status = 'PAID')"),
        new(
            "shop.paid-orders-are-paid-once",
            "update payments.payments set refunded_at = now() where order_id in (select order_id from "
            + "ordering.orders where status = 'PAID')"),
        new(
            "shop.paid-orders-are-paid-once",
            "update payments.payments p set payment_id = gen_random_uuid() from ordering.orders o "
            + "where o.order_id = p.order_id and o.status = 'PAID'",
            "shop.ledger-has-payments"),
        new(
            "shop.paid-orders-are-paid-once",
            "delete from payments.payments p using ordering.orders o where o.order_id = p.order_id "
            + "and o.status = 'PAID'",
            "shop.ledger-has-payments"),
        new("shop.paid-orders-are-paid-once", """
            update wallet.ledger l set type = 'CHARGE', reference = null from ordering.orders o
                where o.payment_id = l.reference and o.status = 'PAID'
            """),
        new("shop.paid-orders-are-paid-once", """
            insert into wallet.ledger (user_id, type, amount, balance_after, reference, cause, occurred_at)
            select w.user_id, 'PAYMENT', 0, w.balance, o.payment_id, o.order_id, now() from ordering.orders o
                join wallet.wallets w using (user_id) where o.status = 'PAID'
            """),
        new("shop.paid-orders-are-paid-once", """
            insert into wallet.ledger (user_id, type, amount, balance_after, reference, cause, occurred_at)
            select w.user_id, 'REFUND', 0, w.balance, o.payment_id, o.order_id, now() from ordering.orders o
                join wallet.wallets w using (user_id) where o.status = 'PAID'
            """),

        new(
            "shop.paid-orders-are-paid-once",
            "update payments.payments set refunded_amount = 1 where order_id in (select order_id from "
            + "ordering.orders where status = 'PAID')"),
        new("shop.refunded-orders-are-refunded-once", "update payments.payments set refunded_at = null"),
        new(
            "shop.refunded-orders-are-refunded-once",
            "update payments.payments set refunded_amount = amount - 1 where refunded_at is not null"),
        new(
            "shop.refunded-orders-are-refunded-once",
            "update wallet.ledger set type = 'CHARGE', reference = null where type = 'REFUND'"),
        new("shop.refunded-orders-are-refunded-once", """
            insert into wallet.ledger (user_id, type, amount, balance_after, reference, cause, occurred_at)
            select w.user_id, 'REFUND', 0, w.balance, o.payment_id, o.order_id, now() from ordering.orders o
                join wallet.wallets w using (user_id) where o.status = 'REFUNDED'
            """),

        new("shop.unpaid-orders-took-no-money", """
            insert into payments.payments (payment_id, order_id, user_id, amount, status, created_at, paid_at)
            select gen_random_uuid(), order_id, user_id, total_amount, 'COMPLETED', now(), now() from ordering.orders
                where status <> 'PAID' and status <> 'REFUNDED'
            """),

        new("shop.failed-orders-have-failed-payment", "delete from payments.payments where status = 'FAILED'"),
        new(
            "shop.failed-orders-have-failed-payment",
            "update payments.payments set amount = amount + 1 where status = 'FAILED'"),

        new("shop.payments-have-order", """
            insert into payments.payments (payment_id, order_id, user_id, amount, status, created_at)
            values (gen_random_uuid(), gen_random_uuid(), 1, 5, 'FAILED', now())
            """),
        new("shop.payments-have-order", $"""
            insert into payments.payments (payment_id, order_id, user_id, amount, status, created_at)
            select gen_random_uuid(), order_id, {Admin}, 5, 'FAILED', now() from ordering.orders
            """),

        new("wallet.charges-have-top-ups", "update wallet.top_ups set amount = amount + 1 where status = 'COMPLETED'"),
        new("wallet.charges-have-top-ups", "update wallet.top_ups set given_back = 1 where status = 'COMPLETED'"),
        new("wallet.charges-have-top-ups", "delete from wallet.top_ups where status = 'COMPLETED'"),
        new("wallet.charges-have-top-ups", "update wallet.ledger set reference = null, cause = null "
            + "where type = 'CHARGE' and reference is not null"),

        new("wallet.adjustments-have-reasons", "update wallet.ledger set reason = null where type = 'ADJUSTMENT'"),

        new("shop.ledger-has-payments", $"""
            insert into wallet.ledger (user_id, type, amount, balance_after, reference, occurred_at)
                values ({Admin}, 'PAYMENT', 0, 0, gen_random_uuid(), now())
            """),
        new("shop.ledger-has-payments", """
            insert into wallet.ledger (user_id, type, amount, balance_after, reference, cause, occurred_at)
            select w.user_id, 'PAYMENT', 0, w.balance, p.payment_id, p.order_id, now() from payments.payments p
                join wallet.wallets w using (user_id) where p.status = 'FAILED'
            """),

        new("shop.ledger-has-causes", "update wallet.ledger set cause = gen_random_uuid() where type = 'REFUND'"),
        new("shop.ledger-has-causes", "update wallet.ledger set cause = null where type = 'PAYMENT'"),

        new("shop.purchase-counts-follow", """
            insert into catalog.purchase_counts (user_id, product_id, period, quantity)
            select user_id, product_id, 1, 1 from ordering.orders join ordering.order_lines using (order_id)
            where status = 'CREATED' limit 1
            """),
        new(
            "shop.refunds-restock-once",
            "update catalog.stock_movements set cause = gen_random_uuid() where type = 'RETURN'",
            "shop.undone-orders-hold-nothing"),

        new("shop.reservations-match-lines", """
            with more as (update catalog.stock_reservations set quantity = quantity + 1 returning product_id)
            update catalog.stock s set reserved = reserved + (select count(*) from more m
                where m.product_id = s.product_id)
            """),
        new("shop.reservations-match-lines", """
            insert into catalog.stock_reservations (order_id, product_id, quantity) values (gen_random_uuid(), 1, 1);
            update catalog.stock set reserved = reserved + 1 where product_id = 1
            """),

        new("shop.open-orders-hold-stock", """
            with released as (
                delete from catalog.stock_reservations
                    where order_id in (select order_id from ordering.orders where status = 'CREATED')
                returning product_id, quantity)
            update catalog.stock s set reserved = reserved - (select sum(quantity) from released r
                where r.product_id = s.product_id)
            """),

        new("shop.paid-orders-sold-stock", """
            delete from ordering.outbox
            where stream in (select order_id::text from ordering.orders where status = 'PAID'
                and user_coupon_id is null)
            """, "shop.sales-are-counted"),
        // An event under way explains what is not sold yet, not what was given away.
        new("shop.paid-orders-sold-stock", """
            with released as (
                delete from catalog.stock_reservations
                where order_id in (select order_id from ordering.orders where status = 'PAID')
                returning product_id, quantity)
            update catalog.stock s set reserved = reserved - (select sum(quantity) from released r
                where r.product_id = s.product_id)
            """),

        new(
            "shop.undone-orders-hold-nothing",
            "delete from ordering.outbox where type = 'ordering.order-payment-failed'"),
        new("shop.undone-orders-hold-nothing", "delete from ordering.outbox where type = 'ordering.order-cancelled'"),
        new("shop.undone-orders-hold-nothing", "delete from ordering.outbox where type = 'ordering.order-expired'"),
        new(
            "shop.undone-orders-hold-nothing",
            "delete from ordering.outbox where type = 'ordering.order-refunded'",
            "shop.sales-are-counted"),
        new("shop.undone-orders-hold-nothing", """
            update coupons.user_coupons h set status = 'RESERVED', order_id = o.order_id
            from ordering.orders o where o.user_coupon_id = h.user_coupon_id and h.status = 'AVAILABLE'
                and o.status = 'EXPIRED'
            """),

        new("shop.open-orders-hold-coupon", """
            update coupons.user_coupons set status = 'AVAILABLE', order_id = null
            where order_id in (select order_id from ordering.orders where status = 'CREATED')
            """),
        new(
            "shop.open-orders-hold-coupon",
            "delete from coupons.user_coupons where order_id in (select order_id from ordering.orders "
            + "where status = 'CREATED')",
            "coupons.issued-is-count-of-held"),

        new(
            "shop.paid-orders-used-coupon",
            "update coupons.user_coupons set status = 'AVAILABLE', order_id = null, used_at = null "
            + "where status = 'USED'"),
        new("shop.paid-orders-used-coupon", """
            delete from ordering.outbox
            where stream in (select order_id::text from ordering.orders where status = 'PAID'
                and user_coupon_id is not null)
            """, "shop.paid-orders-sold-stock", "shop.sales-are-counted"),

        new(
            "shop.held-coupons-have-order",
            "update coupons.user_coupons set status = 'RESERVED', order_id = gen_random_uuid() "
            + "where status = 'AVAILABLE'"),
        new("shop.held-coupons-have-order", """
            update coupons.user_coupons set status = 'USED',
                order_id = (select order_id from ordering.orders where status = 'PAID' and user_coupon_id is null
                    limit 1)
            where status = 'AVAILABLE'
            """),
    ];
}
