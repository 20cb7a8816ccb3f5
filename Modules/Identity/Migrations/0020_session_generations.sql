-- A refresh token names its generation; using the current one makes the next. rotated_at: when the generations before
-- the current one were first used, newest last, as far back as an old token is still answered. Tokens of hosts of
-- before name no generation and are of the first, 0. Address and user agent are those of the last use.
alter table identity.sessions
    add column generation   int not null default 0 check (generation >= 0),
    add column rotated_at   timestamptz[] not null default '{}',
    add column last_used_at timestamptz,
    add column address      text,
    add column user_agent   text;

-- Also the order of a user's list of sessions: their ids are UUIDv7.
create index sessions_by_user_and_id on identity.sessions (user_id, session_id);
drop index identity.sessions_by_user;
