-- Used by every posted statement: what was decided under locks must be what is written.
create function shop.assert_rows(actual bigint, expected bigint) returns bigint language plpgsql as $$
begin
    if actual <> expected then
        raise exception 'posted % rows where % were decided', actual, expected using errcode = 'SH001';
    end if;
    return actual;
end $$;
