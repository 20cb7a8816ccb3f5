-- A host of the version before, during a rolling upgrade, knows shop.idempotency_keys alone. What it keeps there
-- newer hosts find; a key that a newer host has used it can't see, so its transaction ends here, as if the key were
-- in use (409, come again).
create function shop.refuse_used_key() returns trigger language plpgsql as $$
begin
    if exists (select from shop.stored_responses where caller = new.caller and key = new.key) then
        raise exception 'the idempotency key was used on a newer host' using errcode = 'SH002';
    end if;
    return new;
end $$;

create trigger refuse_used_key before insert on shop.idempotency_keys
    for each row execute function shop.refuse_used_key();
