alter table identity.users
    drop constraint users_role_check,
    add constraint users_role_check check (role in (
        'CUSTOMER', 'SUPPORT', 'CATALOG_MANAGER', 'MARKETER', 'FINANCE', 'OPERATOR', 'ADMIN'));

-- Every host reads them once a second.
create index users_by_role on identity.users (user_id) where role <> 'CUSTOMER';

-- Sessions that ended before they ran out. Access tokens of theirs are refused for as long as these would last.
create table identity.ended_sessions (
    session_id uuid primary key,
    ended_at   timestamptz not null
);

create index ended_sessions_by_end on identity.ended_sessions (ended_at desc);

-- A trigger, so that every DELETE counts: also that of a host of the build before.
create function identity.note_ended_sessions() returns trigger language plpgsql as $$
begin
    insert into identity.ended_sessions (session_id, ended_at)
    select session_id, (select shop.now()) from ended where expires_at > (select shop.now())
    on conflict do nothing;
    return null;
end $$;

create trigger note_ended_sessions after delete on identity.sessions
    referencing old table as ended
    for each statement execute function identity.note_ended_sessions();
