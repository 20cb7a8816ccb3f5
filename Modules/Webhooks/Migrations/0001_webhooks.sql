-- Receivers and the types of their events. Deleted ones stay until their deliveries are cleared away.
create table webhooks.webhooks (
    webhook_id      uuid primary key,
    name            text not null check (char_length(name) between 1 and 200),
    url             text not null check (char_length(url) <= 2000),
    types           text[] not null check (cardinality(types) between 1 and 100),
    status          text not null default 'ACTIVE' check (status in ('ACTIVE', 'PAUSED', 'DELETED')),
    secret          text not null,
    -- Signs too until then: receivers have a day to change over.
    previous_secret text,
    previous_until  timestamptz,
    created_at      timestamptz not null,
    last_tested_at  timestamptz,
    check ((previous_secret is null) = (previous_until is null))
);

create table webhooks.deliveries (
    delivery_id     bigint generated always as identity primary key,
    webhook_id      uuid not null references webhooks.webhooks,
    event_id        uuid not null,
    -- What the event is about: of one stream the next waits for the one before.
    stream          text not null,
    type            text not null,
    envelope        text not null,
    occurred_at     timestamptz not null,
    status          text not null default 'PENDING' check (status in ('PENDING', 'DELIVERED', 'DEAD', 'DISCARDED')),
    attempts        int not null default 0,
    failures        int not null default 0,
    last_status     int,
    last_answer     text,
    last_error      text,
    next_attempt_at timestamptz not null,
    lease           uuid,
    leased_until    timestamptz,
    delivered_at    timestamptz,
    failed_at       timestamptz,
    discard_reason  text,
    discarded_at    timestamptz,
    unique (webhook_id, event_id),
    check (status <> 'DELIVERED' or delivered_at is not null),
    check (status <> 'DEAD' or failed_at is not null)
) with (fillfactor = 50);

create index deliveries_due on webhooks.deliveries (webhook_id, next_attempt_at, delivery_id) where status = 'PENDING';
create index deliveries_open on webhooks.deliveries (webhook_id, stream, delivery_id)
    where status in ('PENDING', 'DEAD');
create index deliveries_newest on webhooks.deliveries (webhook_id, delivery_id);
create index deliveries_by_status on webhooks.deliveries (webhook_id, status, delivery_id);
create index deliveries_delivered on webhooks.deliveries (delivered_at) where status = 'DELIVERED';
create index deliveries_dead on webhooks.deliveries (failed_at, delivery_id) where status = 'DEAD';
create index deliveries_discarded on webhooks.deliveries (discarded_at) where status = 'DISCARDED';
