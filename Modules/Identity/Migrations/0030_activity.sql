-- What was done under a permission, on behalf of somebody else or from the command line. No foreign key: its lock of the
-- user would come behind the locks of everything else. before and after are JSON, as text: json can hold what jsonb
-- can't. The migrator takes UPDATE, DELETE and TRUNCATE from every role but the owner.
create table identity.activity (
    activity_id  uuid primary key,
    occurred_at  timestamptz not null,
    actor_type   text not null check (actor_type in ('USER', 'API_KEY', 'COMMAND_LINE', 'SYSTEM')),
    actor_id     text,
    on_behalf_of bigint,
    action       text not null,
    target_type  text not null,
    target_id    text,
    before       text,
    after        text,
    address      text,
    trace_id     text,
    check ((actor_id is null) = (actor_type in ('COMMAND_LINE', 'SYSTEM')))
);

-- The order of the list, and one for each of its filters.
create index activity_by_time on identity.activity (occurred_at desc, activity_id desc);
create index activity_by_actor on identity.activity (actor_id, occurred_at desc, activity_id desc);
create index activity_by_action on identity.activity (action, occurred_at desc, activity_id desc);
create index activity_by_target on identity.activity (target_id, occurred_at desc, activity_id desc);
create index activity_by_target_type on identity.activity (target_type, occurred_at desc, activity_id desc);
create index activity_with_address on identity.activity (occurred_at) where address is not null;

-- The owner's functions are all that changes rows. Addresses go after 90 days, a bounded number at a time.
create function identity.blank_old_activity_addresses(maximum int) returns int language plpgsql security definer
    set search_path = pg_catalog, pg_temp as $$
declare
    blanked int;
begin
    update identity.activity set address = null where activity_id in (
        select activity_id from identity.activity
        where address is not null and occurred_at <= (select shop.now()) - interval '90 days'
        order by occurred_at limit maximum for update skip locked);
    get diagnostics blanked = row_count;
    return blanked;
end $$;

-- The erasure of a user: the addresses from which the user acted.
create function identity.blank_activity_addresses_of(actor bigint) returns int language plpgsql security definer
    set search_path = pg_catalog, pg_temp as $$
declare
    blanked int;
begin
    update identity.activity set address = null
    where actor_id = actor::text and actor_type = 'USER' and address is not null;
    get diagnostics blanked = row_count;
    return blanked;
end $$;

-- Deletes what is older than it is kept, never what is younger than 90 days.
create function identity.clear_activity(kept interval, maximum int) returns int language plpgsql security definer
    set search_path = pg_catalog, pg_temp as $$
declare
    deleted int;
begin
    delete from identity.activity where activity_id in (
        select activity_id from identity.activity
        where occurred_at <= (select shop.now()) - greatest(kept, interval '90 days')
        order by occurred_at limit maximum for update skip locked);
    get diagnostics deleted = row_count;
    return deleted;
end $$;
