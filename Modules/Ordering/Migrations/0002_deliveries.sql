-- What the data platform is still to be told. A row is deleted once it has been taken there, so this stays small.
create table ordering.deliveries (
    delivery_id     bigint generated always as identity primary key,
    event_id        uuid not null unique,
    order_id        uuid not null,
    sequence        int not null,
    type            text not null,
    envelope        text not null,
    occurred_at     timestamptz not null,
    status          text not null default 'PENDING' check (status in ('PENDING', 'DEAD')),
    attempts        int not null default 0,
    last_error      text,
    next_attempt_at timestamptz not null,
    lease           uuid,
    leased_until    timestamptz,
    unique (order_id, sequence)
);

create index deliveries_due on ordering.deliveries (next_attempt_at, delivery_id) where status = 'PENDING';
