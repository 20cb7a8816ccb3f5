-- One handler for each module took the place of two, each of which did nothing with the other's events. Of a message
-- that failed for both, the failure that counts is kept: a payment's to the first, any other's to the second.
with handlers (selling, undoing, successor) as (values
    ('catalog.sell-stock', 'catalog.release-stock', 'catalog.settle-reservations'),
    ('coupons.use-coupon', 'coupons.restore-coupon', 'coupons.settle-coupons'))
delete from ordering.outbox_failures f
using handlers h, ordering.outbox_failures other
where other.message_id = f.message_id
    and f.handler = case f.type when 'ordering.order-paid' then h.undoing else h.selling end
    and other.handler = case f.type when 'ordering.order-paid' then h.selling else h.undoing end;

update ordering.outbox_failures set handler = case
    when handler in ('catalog.sell-stock', 'catalog.release-stock') then 'catalog.settle-reservations'
    else 'coupons.settle-coupons' end
where handler in ('catalog.sell-stock', 'catalog.release-stock', 'coupons.use-coupon', 'coupons.restore-coupon');

-- A dispatcher of edition 1 that comes back can't set a delivery aside under a name that nobody retries: its
-- transaction ends, and the event stays.
alter table ordering.outbox_failures add constraint outbox_failures_handler_check check (
    handler not in ('catalog.sell-stock', 'catalog.release-stock', 'coupons.use-coupon', 'coupons.restore-coupon'));
