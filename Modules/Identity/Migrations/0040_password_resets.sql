-- At most one open reset of a user: a new one takes the place of the older. It is good while the user's stamp and role
-- are those of its making: a new password, a disabled user or another role ends it, whichever host does that. The token
-- is kept as its SHA-256: 256 random bits need no slow hash.
create table identity.password_resets (
    user_id        bigint primary key references identity.users,
    token_hash     bytea not null unique check (octet_length(token_hash) = 32),
    security_stamp text not null,
    role           text not null,
    created_at     timestamptz not null,
    expires_at     timestamptz not null check (expires_at > created_at)
);

create index password_resets_by_expiry on identity.password_resets (expires_at);
