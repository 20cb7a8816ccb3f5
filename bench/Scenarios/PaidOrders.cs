using System.Globalization;
using Shop.Bench.Machine;

namespace Shop.Bench.Scenarios;

/// <summary>Orders of one line, paid for, written straight into the tables as the shop would have left them.</summary>
internal static class PaidOrders
{
    // Ids ascend like the shop's own: the first twelve digits are the time.
    private const string Draw = """
        create temp table bought on commit drop as
        select n, {user} + n % {users} as user_id, p.product_id, p.name, p.price, 1 + n % 3 as quantity,
            p.price * (1 + n % 3) as total,
            (lpad(to_hex(base.millisecond + n / 10), 12, '0') || '70008' || lpad(to_hex(n), 15, '0'))::uuid as order_id,
            (lpad(to_hex(base.millisecond + n / 10), 12, '0') || '70009' || lpad(to_hex(n), 15, '0'))::uuid
                as payment_id
        from (select (extract(epoch from now()) * 1000)::bigint as millisecond) as base, generate_series(1, {orders}) n
        join catalog.products p on p.product_id = {product} + n * 7919::bigint % {products};

        insert into ordering.orders (order_id, user_id, status, items_amount, discount_amount, total_amount,
            payment_id, created_at, expires_at, closed_at)
        select order_id, user_id, 'PAID', total, 0, total, payment_id, now(), now() + interval '15 minutes', now()
            from bought order by n;

        insert into ordering.order_lines (order_id, line, product_id, name, unit_price, quantity)
        select order_id, 1, product_id, name, price, quantity from bought order by n;

        insert into payments.payments (payment_id, order_id, user_id, amount, status, created_at, paid_at)
        select payment_id, order_id, user_id, total, 'COMPLETED', now(), now() from bought order by n;
        """;

    private const string PayFromWallets = """
        insert into wallet.ledger (user_id, type, amount, balance_after, reference, cause, occurred_at)
        select user_id, 'PAYMENT', -b.total, w.balance - sum(b.total) over (partition by user_id order by n),
            b.payment_id, b.order_id, now()
        from bought b join wallet.wallets w using (user_id) order by n;

        update wallet.wallets w set balance = balance - paid.total
        from (select user_id, sum(total) as total from bought group by user_id) as paid where paid.user_id = w.user_id;
        """;

    private const string ReserveAndPublish = """
        insert into catalog.stock_reservations (order_id, product_id, quantity) select order_id, product_id, quantity
            from bought order by n;

        update catalog.stock s set reserved = reserved + b.quantity
        from (select product_id, sum(quantity) as quantity from bought group by product_id) as b
            where b.product_id = s.product_id;

        select pg_advisory_xact_lock(hashtextextended('outbox:ordering', 0));

        insert into ordering.outbox (event_id, type, stream, payload, occurred_at)
        select gen_random_uuid(), 'ordering.order-paid', order_id, jsonb_build_object('order', jsonb_build_object(
            'orderId', order_id, 'userId', user_id, 'status', 'PAID',
            'items', jsonb_build_array(jsonb_build_object('productId', product_id, 'name', name, 'unitPrice', price,
                'quantity', quantity, 'amount', total)),
            'itemsAmount', total, 'discountAmount', 0, 'totalAmount', total, 'userCouponId', null, 'paymentId',
                payment_id,
            'createdAt', now(), 'expiresAt', now() + interval '15 minutes', 'closedAt', now())), now()
        from bought order by n;
        """;

    // Four charges before each payment.
    private const string ChargeAndPay = """
        insert into wallet.ledger (user_id, type, amount, balance_after, reference, cause, occurred_at)
        select user_id, type, amount, w.balance + sum(amount) over (partition by user_id order by n, step), reference,
            cause, now()
        from (
            select n, step, user_id, case when step < 5 then 'CHARGE' else 'PAYMENT' end as type, case
                when step < 5 then 1000 else -total end as amount,
                case when step = 5 then payment_id end as reference, case when step = 5 then order_id end as cause
            from bought, generate_series(1, 5) step) as entries
        join wallet.wallets w using (user_id)
        order by n, step;

        update wallet.wallets w set balance = balance + moved.amount
        from (select user_id, sum(4000 - total) as amount from bought group by user_id) as moved
            where moved.user_id = w.user_id;
        """;

    private const string Sell = """
        insert into catalog.stock_movements (product_id, type, delta, on_hand_after, order_id, cause, occurred_at)
        select product_id, 'SALE', -quantity, s.on_hand - sum(quantity) over (partition by product_id order by n),
            order_id, order_id, now()
        from bought join catalog.stock s using (product_id) order by n;

        update catalog.stock s set on_hand = on_hand - b.quantity
        from (select product_id, sum(quantity) as quantity from bought group by product_id) as b
            where b.product_id = s.product_id;

        insert into ranking.daily_sales (day, product_id, quantity)
        select (now() at time zone 'Asia/Seoul')::date, product_id, sum(quantity) from bought group by product_id
            order by product_id
        on conflict (day, product_id) do update set quantity = daily_sales.quantity + excluded.quantity;
        """;

    /// <summary>Their events are still to be handled: stock is reserved, and nobody has heard.</summary>
    public static string WithEvents(Population population, int orders) =>
        Fill(Draw + PayFromWallets + ReserveAndPublish, population, orders);

    /// <summary>A past: everything is handled, and the ledger has five lines for each order.</summary>
    public static string Old(Population population, int orders) => Fill(Draw + ChargeAndPay + Sell, population, orders);

    private static string Fill(string sql, Population population, int orders) => $"begin;{sql}commit;"
        .Replace("{user}", Text(population.Users.First), StringComparison.Ordinal)
        .Replace("{users}", Text(population.Users.Count), StringComparison.Ordinal)
        .Replace("{product}", Text(population.Products.First), StringComparison.Ordinal)
        .Replace("{products}", Text(population.Products.Count), StringComparison.Ordinal)
        .Replace("{orders}", Text(orders), StringComparison.Ordinal);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
