-- What a caller's Idempotency-Key came to: written in the transaction of the effect, so that there are both or neither.
create table shop.idempotency_keys (
    caller      bigint not null,
    key         text not null,
    fingerprint bytea not null,
    status      smallint not null,
    location    text,
    body        bytea not null,
    created_at  timestamptz not null,
    primary key (caller, key)
);

create index idempotency_keys_age on shop.idempotency_keys (created_at);
