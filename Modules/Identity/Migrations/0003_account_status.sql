-- ACTIVE signs in, DISABLED and ERASED do not. A host of before writes no status: its accounts are ACTIVE.
alter table identity.users
    add column status text not null default 'ACTIVE' check (status in ('ACTIVE', 'DISABLED', 'ERASED'));
