-- Ends a transaction, before it waits for any row, whose idempotency keys another one is busy with.
create function shop.assert_claimed(claimed bigint, keys bigint) returns bigint language plpgsql as $$
begin
    if claimed <> keys then
        raise exception 'claimed % of % idempotency keys', claimed, keys using errcode = 'SH002';
    end if;
    return claimed;
end $$;
