-- Balances change on every purchase: room on the page keeps those updates off the index.
create table wallet.wallets (
    user_id bigint primary key,
    balance bigint not null check (balance >= 0)
) with (fillfactor = 80);

-- Append-only. Written under the wallet's row lock, so that ids, times and balance_after run in one order for each user.
create table wallet.ledger (
    transaction_id bigint generated always as identity primary key,
    user_id        bigint not null,
    type           text not null check (type in ('CHARGE', 'PAYMENT', 'REFUND')),
    amount         bigint not null,
    balance_after  bigint not null check (balance_after >= 0),
    reference      uuid,
    occurred_at    timestamptz not null,
    check (case type when 'CHARGE' then amount > 0 when 'PAYMENT' then amount <= 0 else amount >= 0 end),
    check ((type = 'CHARGE') = (reference is null))
);

create index ledger_by_user on wallet.ledger (user_id, transaction_id desc);

-- The last word on "never charged twice", and never refunded twice.
create unique index ledger_by_reference on wallet.ledger (reference, type) where reference is not null;
