create table identity.users (
    user_id          bigint generated always as identity primary key,
    email            text not null,
    normalized_email text not null unique,
    name             text not null,
    password_hash    text,
    security_stamp   text not null,
    role             text not null check (role in ('CUSTOMER', 'ADMIN')),
    created_at       timestamptz not null
);

-- A sign-in, for as long as its refresh tokens are good; signing out deletes it.
create table identity.sessions (
    session_id uuid primary key,
    user_id    bigint not null references identity.users,
    created_at timestamptz not null,
    expires_at timestamptz not null
);

create index sessions_by_user on identity.sessions (user_id);
create index sessions_by_expiry on identity.sessions (expires_at);

-- Sign-ins begun and not succeeded, for any e-mail that somebody tried, known or not.
create table identity.sign_in_failures (
    normalized_email text primary key,
    failures         int not null,
    locked_until     timestamptz,
    attempted_at     timestamptz not null
);

create index sign_in_failures_by_attempt on identity.sign_in_failures (attempted_at);

-- What tokens and cursors are sealed with, the same for every host.
create table identity.data_protection_keys (
    key_id     bigint generated always as identity primary key,
    name       text,
    xml        text not null,
    created_at timestamptz not null
);
