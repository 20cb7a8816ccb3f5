-- Applied to the schema of every module. The event handlers, of all modules and builds, that are to see the module's
-- events: a build that does not know one leaves its delivery. A retired name stays, so that no old build brings it back.
create table {schema}.subscriptions (
    handler       text not null,
    event_type    text not null,
    registered_at timestamptz not null,
    retired_at    timestamptz,
    primary key (handler, event_type)
);

create index outbox_failures_due_by_handler on {schema}.outbox_failures (handler, next_attempt_at, message_id)
    where status in ('WAITING', 'RETRYING');
drop index {schema}.outbox_failures_due;
