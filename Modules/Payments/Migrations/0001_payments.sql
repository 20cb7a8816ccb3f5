create table payments.payments (
    payment_id  uuid primary key,
    order_id    uuid not null,
    user_id     bigint not null,
    amount      bigint not null check (amount >= 0),
    status      text not null check (status in ('COMPLETED', 'FAILED')),
    created_at  timestamptz not null,
    paid_at     timestamptz,
    refunded_at timestamptz,
    check ((status = 'COMPLETED') = (paid_at is not null)),
    check (refunded_at is null or status = 'COMPLETED')
);

-- The last word on "never charged twice": whatever races, an order has one completed payment.
create unique index payments_completed on payments.payments (order_id) where status = 'COMPLETED';

create index payments_by_user on payments.payments (user_id, created_at desc, payment_id desc);
