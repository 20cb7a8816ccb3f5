-- A top-up is money that a payment provider takes and the wallet is charged with: once, whatever is lost in between.
create table wallet.top_ups (
    top_up_id           uuid primary key,
    user_id             bigint not null,
    amount              bigint not null check (amount > 0),
    status              text not null check (status in ('PENDING', 'COMPLETED', 'FAILED', 'EXPIRED')),
    provider            text not null,
    -- The payment that the provider took the money for.
    provider_payment_id text,
    -- Why it FAILED.
    reason              text,
    -- The ledger's CHARGE.
    transaction_id      bigint,
    created_at          timestamptz not null,
    expires_at          timestamptz not null,
    settled_at          timestamptz,
    -- Whoever asks the provider holds the lease; it runs out where a host died.
    lease               uuid,
    leased_until        timestamptz,
    -- Since when a confirm's answer is not known.
    asked_at            timestamptz,
    -- When the provider is to be asked what became of it; null: not again.
    next_lookup_at      timestamptz,
    looked_up_at        timestamptz,
    lookups             integer not null default 0,
    check ((status = 'COMPLETED') = (transaction_id is not null)),
    check ((status = 'COMPLETED') = (provider_payment_id is not null)),
    check ((status = 'FAILED') = (reason is not null)),
    check ((lease is null) = (leased_until is null))
);

-- A payment pays for one top-up.
create unique index top_ups_by_payment on wallet.top_ups (provider, provider_payment_id)
    where provider_payment_id is not null;
create index top_ups_by_user on wallet.top_ups (user_id, top_up_id desc);
create index top_ups_pending on wallet.top_ups (expires_at) include (user_id, amount) where status = 'PENDING';
create index top_ups_pending_by_user on wallet.top_ups (user_id) include (amount) where status = 'PENDING';
create index top_ups_to_look_up on wallet.top_ups (next_lookup_at) where next_lookup_at is not null;

-- The books of the Fake provider, which takes no money: of Development alone, and read by nothing else.
create table wallet.fake_payments (
    payment_id text primary key,
    order_id   text not null,
    amount     bigint not null,
    status     text not null check (status in ('AUTHENTICATED', 'DECLINING', 'DONE', 'DECLINED'))
);

create index fake_payments_by_order on wallet.fake_payments (order_id);
