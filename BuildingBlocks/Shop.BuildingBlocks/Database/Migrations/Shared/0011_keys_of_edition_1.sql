-- Hosts of edition 1 have stopped before this runs. Their responses of the last 24 hours go to the partitions of their
-- days, and the table goes.
insert into shop.stored_responses (caller, slot, status, encoding, fingerprint, key, location, body)
select caller, shop.response_slot(created_at), status, 0, fingerprint, key, location, body
from shop.idempotency_keys
where created_at > shop.now() - interval '24 hours'
on conflict do nothing;

drop table shop.idempotency_keys;
drop function shop.refuse_used_key();
drop function shop.assert_claimed(bigint, bigint);
drop function shop.assert_unused(bigint);

-- The responses that are stored under keys, by their place in the arrays; at most one for each. The sub-selects hide
-- the arrays' values, so that the plan is made once.
create or replace function shop.find_responses(callers bigint[], keys text[])
    returns table (place bigint, fingerprint bytea, status smallint, location text, encoding smallint, body bytea)
    language plpgsql as $$
begin
    return query
        select k.place, r.fingerprint, r.status, r.location, r.encoding, r.body
        from unnest((select callers), (select keys)) with ordinality as k (caller, key, place)
        cross join lateral (
            select s.fingerprint, s.status, s.location, s.encoding, s.body
            from shop.stored_responses s where s.caller = k.caller and s.key = k.key limit 1) as r;
end $$;
