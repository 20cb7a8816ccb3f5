-- A key is kept as its SHA-256: 256 random bits need no slow hash. A revoked one stays listed.
create table identity.api_keys (
    api_key_id      uuid primary key,
    -- Names the key where a caller is a number, as its negative: in shop.stored_responses.
    number          bigint generated always as identity unique check (number > 0),
    name            text not null,
    permissions     text[] not null,
    key_hash        bytea not null unique check (octet_length(key_hash) = 32),
    created_at      timestamptz not null,
    created_by_type text not null check (created_by_type in ('USER', 'API_KEY')),
    created_by_id   text not null,
    expires_at      timestamptz,
    revoked_at      timestamptz,
    last_used_at    timestamptz
);

-- Every host reads them once a second.
create index api_keys_in_use on identity.api_keys (api_key_id) where revoked_at is null;
