create table ordering.orders (
    order_id        uuid primary key,
    user_id         bigint not null,
    status          text not null check (status in ('CREATED', 'PAID', 'PAYMENT_FAILED', 'CANCELLED', 'EXPIRED', 'REFUNDED')),
    items_amount    bigint not null,
    discount_amount bigint not null,
    total_amount    bigint not null,
    user_coupon_id  bigint,
    payment_id      uuid,
    created_at      timestamptz not null,
    expires_at      timestamptz not null,
    closed_at       timestamptz,
    cancel_reason   text,
    check (discount_amount between 0 and items_amount),
    check (total_amount = items_amount - discount_amount),
    check ((status = 'CREATED') = (closed_at is null)),
    check (status not in ('PAID', 'PAYMENT_FAILED', 'REFUNDED') or payment_id is not null)
) with (fillfactor = 85);

-- Ids are UUIDv7: they ascend with the time of ordering.
create index orders_by_user on ordering.orders (user_id, order_id desc);

-- What is still to be paid, for those that are not in time.
create index orders_unpaid on ordering.orders (expires_at) where status = 'CREATED';

-- What was ordered, as it was then. Never changed.
create table ordering.order_lines (
    order_id   uuid not null,
    line       int not null,
    product_id bigint not null,
    name       text not null,
    unit_price bigint not null check (unit_price >= 0),
    quantity   int not null check (quantity > 0),
    primary key (order_id, line)
);
