-- Stable, as what it calls is: PostgreSQL then makes it a part of the statement, which an SQL function that promises
-- more than its body is not; that one is parsed and planned at each execution.
create or replace function shop.response_slot(at timestamptz) returns smallint language sql stable strict as $$
    select (floor(extract(epoch from at) / 86400)::bigint % 3)::smallint
$$;

-- The responses that are kept under keys, by their place in the arrays; at most one for each. The sub-selects hide the
-- arrays' values, so that the plan is made once. The table of the version before is looked at while it may have rows: in
-- a statement of its own, which locks nothing where it does not run.
create function shop.find_responses(callers bigint[], keys text[])
    returns table (place bigint, fingerprint bytea, status smallint, location text, encoding smallint, body bytea)
    language plpgsql as $$
begin
    return query
        select k.place, r.fingerprint, r.status, r.location, r.encoding, r.body
        from unnest((select callers), (select keys)) with ordinality as k (caller, key, place)
        cross join lateral (
            select s.fingerprint, s.status, s.location, s.encoding, s.body
            from shop.stored_responses s where s.caller = k.caller and s.key = k.key limit 1) as r;
    if pg_relation_size('shop.idempotency_keys') > 0 then
        return query
            select k.place, r.fingerprint, r.status, r.location, 0::smallint, r.body
            from unnest((select callers), (select keys)) with ordinality as k (caller, key, place)
            cross join lateral (
                select s.fingerprint, s.status, s.location, s.body
                from shop.idempotency_keys s where s.caller = k.caller and s.key = k.key limit 1) as r;
    end if;
end $$;

-- Takes keys for a transaction, and returns those that another transaction is busy with, then the responses of those
-- that were used. A request that runs holds its key's lock; it is tried, not waited for. A busy key may have a response
-- all the same: a repeat holds the lock too. Each statement in here has a snapshot of its own, so what the last holder
-- of a lock committed is seen. Two keys with one hash would be told to come again, no more.
create function shop.claim_keys(callers bigint[], keys text[])
    returns table (
        place bigint, busy boolean, fingerprint bytea, status smallint, location text, encoding smallint, body bytea)
    language plpgsql as $$
begin
    return query
        select k.place, true, null::bytea, null::smallint, null::text, null::smallint, null::bytea
        from unnest((select callers), (select keys)) with ordinality as k (caller, key, place)
        where not pg_try_advisory_xact_lock(hashtextextended(k.caller || ' ' || k.key, 0));
    return query
        select r.place, false, r.fingerprint, r.status, r.location, r.encoding, r.body
        from shop.find_responses(callers, keys) as r;
end $$;
