-- The responses that are kept under idempotency keys, in one partition for each day modulo three: today's is written,
-- all are read, and the one that will be written tomorrow is emptied by TRUNCATE. So a row lives for 24 hours at
-- least, needs no time of its own and no index on it, and leaves no dead rows.
create table shop.stored_responses (
    caller      bigint not null,
    slot        smallint not null,
    status      smallint not null,
    encoding    smallint not null check (encoding in (0, 1)), -- of the body: as it was sent, Brotli
    fingerprint bytea not null,
    key         text not null,
    location    text,
    body        bytea not null,
    primary key (caller, key, slot)
) partition by list (slot);

create table shop.stored_responses_0 partition of shop.stored_responses for values in (0);
create table shop.stored_responses_1 partition of shop.stored_responses for values in (1);
create table shop.stored_responses_2 partition of shop.stored_responses for values in (2);

-- A body is compressed before it comes here, or not worth it.
alter table shop.stored_responses_0 alter column body set storage external;
alter table shop.stored_responses_1 alter column body set storage external;
alter table shop.stored_responses_2 alter column body set storage external;

create function shop.response_slot(at timestamptz) returns smallint language sql immutable strict as $$
    select (floor(extract(epoch from at) / 86400)::bigint % 3)::smallint
$$;

-- Empties the partition that tomorrow writes; the running role may not TRUNCATE. Not within an hour of midnight
-- (UTC): a clock that is set back, or another server's after a failover, never finds its own day emptied. Keyed
-- commands queue behind a lock that is waited for, so it is waited for (100 ms) only on demand. Returns CLEARED,
-- NOTHING where there is nothing to clear or another session is at it, or BUSY where the lock was not got.
create function shop.clear_stored_responses(wait boolean) returns text language plpgsql security definer
    set search_path = pg_catalog, pg_temp set lock_timeout = '100ms' as $$
declare
    tomorrow smallint := shop.response_slot(shop.now() + interval '1 day');
    partition text := format('shop.stored_responses_%s', tomorrow);
    filled boolean;
begin
    if shop.response_slot(shop.now() - interval '1 hour') <> shop.response_slot(shop.now() + interval '1 hour')
        or not pg_try_advisory_xact_lock(hashtextextended('shop.clear_stored_responses', 0)) then
        return 'NOTHING';
    end if;
    execute format('select exists (select from %s)', partition) into filled;
    if not filled then
        return 'NOTHING';
    end if;
    execute format('lock table %s in access exclusive mode %s', partition, case when wait then '' else 'nowait' end);
    execute format('truncate %s', partition);
    return 'CLEARED';
exception
    when lock_not_available then
        return 'BUSY';
end $$;

-- Ends a transaction that keeps its responses without having looked whether a key was used.
create function shop.assert_unused(used bigint) returns bigint language plpgsql as $$
begin
    if used <> 0 then
        raise exception '% idempotency keys were used before', used using errcode = 'SH003';
    end if;
    return used;
end $$;
