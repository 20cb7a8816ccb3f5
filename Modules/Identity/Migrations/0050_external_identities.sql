-- Users of an OpenID Connect provider, by issuer and subject. email_verified: whether the provider said so when the
-- identity came; linked_at: tokens count from the user's next end of sessions on, not from one before.
create table identity.external_identities (
    issuer         text not null check (char_length(issuer) between 1 and 1000),
    subject        text not null check (char_length(subject) between 1 and 255),
    user_id        bigint not null references identity.users,
    email_verified boolean not null,
    linked_at      timestamptz not null,
    primary key (issuer, subject)
);

create index external_identities_by_user on identity.external_identities (user_id);

-- When all sessions of the user were last ended: the provider's tokens of before are refused. Hosts read the latest
-- ones every second.
alter table identity.users add column sessions_ended_at timestamptz;

create index users_by_end_of_sessions on identity.users (sessions_ended_at desc) where sessions_ended_at is not null;

-- SHA-256 of identities whose user was erased: tokens of before make no new user. Kept as long as such a token is good.
create table identity.ended_identities (
    identity_hash bytea primary key check (octet_length(identity_hash) = 32),
    ended_at      timestamptz not null
);

create index ended_identities_by_end on identity.ended_identities (ended_at);
