-- How far the books were found consistent by the last audit of all checks. One row, or none.
create table shop.audit_position (
    single            boolean primary key default true check (single),
    checked_at        timestamptz not null,
    ledger            bigint not null,
    movements         bigint not null,
    earlier_movements bigint not null,
    orders            uuid not null
);
