using Shop.BuildingBlocks.Audit;

namespace Shop.Host.Audit;

/// <summary>
/// The promises between modules. The one place that reads all schemas: no module may, and each of these is a promise of
/// the whole shop.
/// <para>
/// A command is one commit, so most of these hold at every moment. The effect of an event comes later: until then
/// the order's event is in Ordering's outbox, or the delivery to that handler among its failures, in the very snapshot
/// that shows the effect missing. Such an order is explained, and only as far as that event goes. A delivery that
/// an operator discarded explains nothing: its remains are found here.
/// </para>
/// </summary>
internal static class CrossModuleChecks
{
    private const string SettleReservations = "catalog.settle-reservations";

    private const string SettleCoupons = "coupons.settle-coupons";

    private const string Paid = "'ordering.order-paid'";

    private const string Refunded = "'ordering.order-partially-refunded', 'ordering.order-refunded'";

    private const string Voided =
        "'ordering.order-payment-failed', 'ordering.order-cancelled', 'ordering.order-expired', "
        + "'ordering.order-refunded'";

    public static IReadOnlyList<AuditCheck> All { get; } =
    [
        new("shop.users-have-wallets", "Every user has a wallet, and every wallet a user.", """
            select format('user %s: no %s', user_id, case when u.role is null then 'account' else 'wallet' end)
            from identity.users u
            full join wallet.wallets w using (user_id)
            where u.role is null or w.balance is null
            """),

        new(
            "shop.erased-users-have-closed-wallets",
            "The wallet of every ERASED user, and no other, is closed.",
            """
            select format('user %s: %s, wallet closed %s', user_id, u.status, coalesce(w.closed_at::text, 'never'))
            from identity.users u
            join wallet.wallets w using (user_id)
            where (u.status = 'ERASED') <> (w.closed_at is not null)
            """),

        new(
            "shop.paid-orders-are-paid-once",
            "Every PAID order has exactly one COMPLETED payment and one PAYMENT line in the ledger, of its amount, and "
            + "a REFUND line for each of its refunds, which add up to its refundedAmount.",
            Money(
                "PAID",
                "p.refunded_at is null and p.refunded_amount = o.refunded_amount",
                "coalesce(sum(r.amount), 0) = o.refunded_amount and count(r.transaction_id) = o.refunds")),

        new(
            "shop.refunded-orders-are-refunded-once",
            "Every REFUNDED order was paid once, as a PAID one, and has REFUND lines in the ledger, for its refunds "
            + "and for its cancellation, which add up to its amount.",
            Money(
                "REFUNDED",
                "p.refunded_at is not null and p.refunded_amount = p.amount",
                "sum(r.amount) = o.total_amount "
                + "and count(r.transaction_id) between greatest(o.refunds, 1) and o.refunds + 1")),

        new("shop.unpaid-orders-took-no-money", "No order has a COMPLETED payment but a PAID or REFUNDED one.", """
            select format('order %s: %s, payment %s of %s completed', o.order_id, o.status, p.payment_id, p.amount)
            from ordering.orders o /*new join touched using (order_id)*/
            join payments.payments p on p.order_id = o.order_id and p.status = 'COMPLETED'
            where o.status not in ('PAID', 'REFUNDED')
            """),

        new("shop.failed-orders-have-failed-payment", "Every PAYMENT_FAILED order names its FAILED payment.", """
            select format('order %s: payment %s %s', o.order_id, o.payment_id,
                case when p.payment_id is null then 'is not there' else format('of %s is %s', p.amount, p.status) end)
            from ordering.orders o /*new join touched using (order_id)*/
            left join payments.payments p on p.payment_id = o.payment_id
            where o.status = 'PAYMENT_FAILED'
                and (p.status = 'FAILED' and p.order_id = o.order_id and p.user_id = o.user_id
                    and p.amount = o.total_amount) is not true
            """),

        new("shop.payments-have-order", "Every payment is for an order of its user.", """
            select format('payment %s: %s', p.payment_id,
                case when o.order_id is null then format('no order %s', p.order_id)
                    else format('of user %s for an order of user %s', p.user_id, o.user_id) end)
            from payments.payments p
            left join ordering.orders o on o.order_id = p.order_id
            where /*new p.payment_id >= @orders and*/ o.user_id is distinct from p.user_id
            """),

        new(
            "shop.ledger-has-payments",
            "Every PAYMENT and REFUND line in the ledger belongs to a COMPLETED payment.",
            """
            select format('transaction %s of user %s: %s of %s for payment %s, which is %s',
                l.transaction_id, l.user_id, l.type, l.amount, coalesce(l.reference::text, 'unknown'),
                    coalesce(p.status, 'not there'))
            from wallet.ledger l
            left join payments.payments p on p.payment_id = l.reference
            where /*new l.transaction_id > @ledger and*/ l.type not in ('CHARGE', 'ADJUSTMENT')
                and p.status is distinct from 'COMPLETED'
            """),

        // Lines of edition 1 have the payment itself as its cause.
        new("shop.ledger-has-causes", "Every PAYMENT and REFUND line in the ledger came of its payment's order, or of "
            + "a refund of it.", """
            select format('transaction %s of user %s: %s for payment %s of order %s, cause %s',
                l.transaction_id, l.user_id, l.type, l.reference, p.order_id, coalesce(l.cause::text, 'unknown'))
            from wallet.ledger l
            join payments.payments p on p.payment_id = l.reference
            left join ordering.refunds f on f.refund_id = l.cause and f.order_id = p.order_id
                and f.amount = l.amount and l.type = 'REFUND'
            where /*new l.transaction_id > @ledger and*/ f.refund_id is null
                and (l.cause in (p.order_id, p.payment_id)) is not true
            """),

        new(
            "shop.purchase-counts-follow",
            "What is counted for a user and product is reserved or sold in its period, and is not back.",
            $"""
            select format('user %s, product %s: %s counted, %s reserved or sold', user_id, product_id,
                coalesce(c.quantity, 0), coalesce(e.quantity, 0))
            from catalog.purchase_counts c
            full join (
                select o.user_id, t.product_id, t.period, sum(t.quantity) as quantity
                from (
                    select order_id, product_id, counted as period, quantity from catalog.stock_reservations
                    where counted > 0
                    union all
                    select s.order_id, s.product_id, s.counted, -s.delta - coalesce(b.quantity, 0)
                    from catalog.stock_movements s
                    left join (
                        select order_id, product_id, sum(quantity) as quantity
                        from (
                            select order_id, product_id, delta as quantity from catalog.stock_movements
                            where type = 'RETURN'
                            union all
                            select order_id, product_id, quantity
                            from ordering.refunds join ordering.refund_lines using (refund_id)
                            where not restock) gone
                        group by order_id, product_id) b using (order_id, product_id)
                    where s.type = 'SALE' and s.counted > 0) t
                join ordering.orders o using (order_id)
                group by o.user_id, t.product_id, t.period) e using (user_id, product_id, period)
            where coalesce(c.quantity, 0) <> coalesce(e.quantity, 0)
                and not exists (
                    select 1 from {UnderWay(SettleReservations, $"{Voided}, {Refunded}")} u
                    join ordering.orders o on o.order_id::text = u.stream
                    join ordering.order_lines l on l.order_id = o.order_id
                    where o.user_id = coalesce(c.user_id, e.user_id)
                        and l.product_id = coalesce(c.product_id, e.product_id))
            """),

        new(
            "shop.refunds-restock-once",
            "What a refund gives back to the stock has returned once, and nothing else has.",
            $"""
            select format('order %s, product %s: %s refunded to the stock, %s returned', order_id, product_id,
                coalesce(f.quantity, 0), coalesce(m.delta, 0))
            from (
                select order_id, refund_id as cause, product_id, quantity
                from ordering.refunds join ordering.refund_lines using (refund_id)
                where restock /*new and order_id in (select order_id from touched)*/) f
            full join (
                select order_id, cause, product_id, delta from catalog.stock_movements
                where type = 'RETURN' and cause <> order_id /*new and order_id in (select order_id from touched)*/) m
                using (order_id, cause, product_id)
            left join {UnderWay(SettleReservations, Refunded)} u on u.stream = order_id::text
            where m.delta is distinct from f.quantity and (m.delta is null and u.stream is not null) is not true
            """),

        new(
            "shop.reservations-match-lines",
            "Every reservation and every sale is a line of its order, with its quantity.",
            """
            select format('order %s, product %s: ordered %s, taken %s',
                t.order_id, t.product_id, coalesce(l.quantity, 0), t.quantity)
            from (
                select order_id, product_id, quantity from catalog.stock_reservations /*new where order_id >= @orders*/
                union all
                select order_id, product_id, -delta from catalog.stock_movements
                where /*new movement_id > @earlierMovements and order_id >= @orders and*/ type = 'SALE') t
            left join ordering.order_lines l on l.order_id = t.order_id and l.product_id = t.product_id
            where l.quantity is distinct from t.quantity
            """),

        new("shop.open-orders-hold-stock", "Every line of a CREATED order is reserved.", """
            select format('order %s, product %s: %s of %s reserved', o.order_id, l.product_id, coalesce(r.quantity, 0),
                l.quantity)
            from ordering.orders o /*new join touched using (order_id)*/
            join ordering.order_lines l on l.order_id = o.order_id
            left join catalog.stock_reservations r on r.order_id = l.order_id and r.product_id = l.product_id
            where o.status = 'CREATED' and r.quantity is null
            """),

        new("shop.paid-orders-sold-stock", "Every line of a PAID order is sold, and has not returned.", $"""
            select format('order %s, product %s: %s', o.order_id, l.product_id,
                case when b.cause is not null then 'returned' when r.order_id is null then 'neither reserved nor sold'
                    else 'reserved' end)
            from ordering.orders o /*new join touched using (order_id)*/
            join ordering.order_lines l on l.order_id = o.order_id
            left join catalog.stock_movements s on s.cause = l.order_id and s.product_id = l.product_id
                and s.type = 'SALE'
            left join catalog.stock_movements b on b.cause = l.order_id and b.product_id = l.product_id
                and b.type = 'RETURN'
            left join catalog.stock_reservations r on r.order_id = l.order_id and r.product_id = l.product_id
            left join {UnderWay(SettleReservations, Paid)} u on u.stream = o.order_id::text
            where o.status = 'PAID' and (s.cause is null or b.cause is not null)
                and (s.cause is null and r.order_id is not null and u.stream is not null) is not true
            """),

        new("shop.undone-orders-hold-nothing", "An order whose payment failed, or that was cancelled, expired or "
            + "refunded, holds no stock and no coupon.", $"""
            select format('order %s: %s, product %s is reserved', o.order_id, o.status, r.product_id)
            from ordering.orders o /*new join touched using (order_id)*/
            join catalog.stock_reservations r on r.order_id = o.order_id
            left join {UnderWay(SettleReservations, Voided)} u on u.stream = o.order_id::text
            where o.status not in ('CREATED', 'PAID') and u.stream is null
            union all
            select format('order %s: %s, product %s is sold', o.order_id, o.status, s.product_id)
            from ordering.orders o /*new join touched using (order_id)*/
            join catalog.stock_movements s on s.cause = o.order_id and s.type = 'SALE'
            left join catalog.stock_movements b on b.cause = s.cause and b.product_id = s.product_id
                and b.type = 'RETURN'
            left join (
                select order_id, product_id, sum(quantity) as quantity
                from ordering.refunds join ordering.refund_lines using (refund_id)
                group by order_id, product_id) r on r.order_id = o.order_id and r.product_id = s.product_id
            left join {UnderWay(SettleReservations, Voided)} u on u.stream = o.order_id::text
            where o.status not in ('CREATED', 'PAID') and u.stream is null
                and coalesce(b.delta, 0) + coalesce(r.quantity, 0) <> -s.delta
            union all
            select format('order %s: %s, user coupon %s is %s', o.order_id, o.status, h.user_coupon_id, h.status)
            from ordering.orders o /*new join touched using (order_id)*/
            join coupons.user_coupons h on h.order_id = o.order_id
            left join {UnderWay(SettleCoupons, Voided)} u on u.stream = o.order_id::text
            where o.status not in ('CREATED', 'PAID') and u.stream is null
            """),

        new("shop.open-orders-hold-coupon", "The coupon of a CREATED order is RESERVED for it.", """
            select format('order %s: user coupon %s is %s', o.order_id, o.user_coupon_id,
                coalesce(format('%s for %s', h.status, coalesce(h.order_id::text, 'nothing')), 'not there'))
            from ordering.orders o /*new join touched using (order_id)*/
            left join coupons.user_coupons h on h.user_coupon_id = o.user_coupon_id
            where o.status = 'CREATED' and o.user_coupon_id is not null
                and (h.status = 'RESERVED' and h.order_id = o.order_id) is not true
            """),

        new("shop.paid-orders-used-coupon", "The coupon of a PAID order is USED for it.", $"""
            select format('order %s: user coupon %s is %s', o.order_id, o.user_coupon_id,
                coalesce(format('%s for %s', h.status, coalesce(h.order_id::text, 'nothing')), 'not there'))
            from ordering.orders o /*new join touched using (order_id)*/
            left join coupons.user_coupons h on h.user_coupon_id = o.user_coupon_id
            left join {UnderWay(SettleCoupons, Paid)} u on u.stream = o.order_id::text
            where o.status = 'PAID' and o.user_coupon_id is not null
                and (h.status = 'USED' and h.order_id = o.order_id) is not true
                and ((h.status = 'RESERVED' and h.order_id = o.order_id) is not true or u.stream is null)
            """),

        new(
            "shop.held-coupons-have-order",
            "Every RESERVED or USED coupon belongs to an order of its user that names it.",
            """
            select format('user coupon %s of user %s: %s for order %s, %s', h.user_coupon_id, h.user_id, h.status,
                h.order_id,
                case when o.order_id is null then 'which is not there'
                    else format('which is of user %s and names coupon %s', o.user_id,
                        coalesce(o.user_coupon_id::text, 'none')) end)
            from coupons.user_coupons h
            left join ordering.orders o on o.order_id = h.order_id
            where /*new h.order_id >= @orders and*/ h.status in ('RESERVED', 'USED')
                and (o.user_coupon_id = h.user_coupon_id and o.user_id = h.user_id) is not true
            """),
    ];

    // One row for each REFUND of an order, or for the order; more where a payment or its debit is there twice. The
    // order is the key, so the rest of it comes with it.
    private static string Money(string status, string payment, string refunds) => $"""
        select format('order %s of %s: %s', o.order_id, o.total_amount,
            case when count(p.payment_id) = 0 then 'no completed payment'
                when min(p.payment_id::text) <> max(p.payment_id::text)
                    or min(l.transaction_id) <> max(l.transaction_id) then 'several payments or debits in the ledger'
                else format('payment of %s, taken %s, given back %s in %s', max(p.amount),
                    coalesce(-max(l.amount)::numeric, 0), coalesce(sum(r.amount), 0), count(r.transaction_id)) end)
        from ordering.orders o /*new join touched using (order_id)*/
        left join payments.payments p on p.order_id = o.order_id and p.status = 'COMPLETED'
        left join wallet.ledger l on l.reference = p.payment_id and l.type = 'PAYMENT'
        left join wallet.ledger r on r.reference = p.payment_id and r.type = 'REFUND'
        where o.status = '{status}'
        group by o.order_id
        having (
            min(p.payment_id::text) = max(p.payment_id::text) and min(l.transaction_id) = max(l.transaction_id)
            and bool_and(
                p.payment_id = o.payment_id and p.user_id = o.user_id and p.amount = o.total_amount
                and l.user_id = o.user_id and l.amount = -p.amount::numeric
                and coalesce(r.user_id, o.user_id) = o.user_id and {payment})
            and {refunds}) is not true
        """;

    // The orders whose event has yet to reach this handler: those of the last second, in a healthy shop.
    private static string UnderWay(string handler, string events) => $"""
        (select distinct stream from (
            select stream, type from ordering.outbox
            union all
            select stream, type from ordering.outbox_failures where status <> 'DISCARDED'
                and handler = '{handler}') delivery
        where type in ({events}))
        """;
}
