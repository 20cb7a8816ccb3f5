-- The database's clock, which decides where hosts must agree on the time. Tests alone set shop.clock_offset.
create function shop.now() returns timestamptz language sql volatile as $$
    select clock_timestamp() + coalesce(nullif(current_setting('shop.clock_offset', true), ''), '0')::interval
$$;
