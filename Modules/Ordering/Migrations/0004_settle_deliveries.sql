-- DEAD waits for a person; DISCARDED was given up by one and is kept in the books for a while.
alter table ordering.deliveries
    drop constraint deliveries_status_check,
    add constraint deliveries_status_check check (status in ('PENDING', 'DEAD', 'DISCARDED')),
    add column failed_at      timestamptz,
    add column discard_reason text,
    add column discarded_at   timestamptz;

update ordering.deliveries set failed_at = next_attempt_at where status = 'DEAD';

alter table ordering.deliveries add constraint deliveries_dead_failed check (status <> 'DEAD' or failed_at is not null);

create index deliveries_dead on ordering.deliveries (failed_at, delivery_id) where status = 'DEAD';
create index deliveries_discarded on ordering.deliveries (discarded_at) where status = 'DISCARDED';
