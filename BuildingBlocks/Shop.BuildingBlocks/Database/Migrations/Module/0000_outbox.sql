-- Applied to the schema of every module, before the module's own migrations; {schema} is its name.
create table {schema}.outbox (
    id           bigint generated always as identity primary key,
    event_id     uuid not null,
    type         text not null,
    stream       text not null,
    payload      jsonb not null,
    trace_parent text,
    occurred_at  timestamptz not null
);

-- A delivery (message x handler) that did not go through. RETRYING has a next attempt; WAITING stands behind an earlier one of the same
-- stream and handler; DEAD waits for a person; DISCARDED was given up by one and is kept in the books.
create table {schema}.outbox_failures (
    id              bigint generated always as identity primary key,
    message_id      bigint not null,
    event_id        uuid not null,
    type            text not null,
    stream          text not null,
    payload         jsonb not null,
    trace_parent    text,
    occurred_at     timestamptz not null,
    handler         text not null,
    status          text not null check (status in ('WAITING', 'RETRYING', 'DEAD', 'DISCARDED')),
    attempts        int not null,
    last_error      text,
    failed_at       timestamptz not null,
    next_attempt_at timestamptz not null,
    discard_reason  text,
    unique (message_id, handler)
);

create index outbox_failures_open on {schema}.outbox_failures (handler, stream, message_id) where status <> 'DISCARDED';
create index outbox_failures_due on {schema}.outbox_failures (next_attempt_at) where status in ('WAITING', 'RETRYING');
