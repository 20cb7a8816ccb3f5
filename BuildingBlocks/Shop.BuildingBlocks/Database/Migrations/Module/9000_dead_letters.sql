-- Applied to the schema of every module. Numbers from 9000 on are the house's: a module's own stand below.
alter table {schema}.outbox_failures add column discarded_at timestamptz;
update {schema}.outbox_failures set discarded_at = failed_at where status = 'DISCARDED';

create index outbox_failures_dead on {schema}.outbox_failures (failed_at, id) where status = 'DEAD';
create index outbox_failures_discarded on {schema}.outbox_failures (discarded_at) where status = 'DISCARDED';
