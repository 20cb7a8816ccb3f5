-- The least that a shop could store for the same effect, with the keys, checks and indexes that it would want anyway, and no foreign keys.
-- :users, :products and :orders are replaced by the bench.
create schema floor;

create table floor.products (
    id    int primary key,
    name  text not null,
    price bigint not null,
    stock int not null check (stock >= 0)
) with (fillfactor = 80);

create table floor.wallets (
    user_id int primary key,
    balance bigint not null check (balance >= 0)
) with (fillfactor = 80);

create table floor.orders (
    id         bigint generated always as identity primary key,
    user_id    int not null,
    status     text not null,
    total      bigint not null,
    created_at timestamptz not null default now()
) with (fillfactor = 90);

create index on floor.orders (user_id);

create table floor.order_lines (
    order_id   bigint not null,
    line       int not null,
    product_id int not null,
    quantity   int not null,
    price      bigint not null,
    primary key (order_id, line)
);

create table floor.ledger (
    id         bigint generated always as identity primary key,
    user_id    int not null,
    amount     bigint not null,
    kind       text not null,
    reference  bigint not null,
    created_at timestamptz not null default now()
);

create index on floor.ledger (user_id);

create table floor.payments (
    id         bigint generated always as identity primary key,
    order_id   bigint not null,
    user_id    int not null,
    amount     bigint not null,
    created_at timestamptz not null default now()
);

create index on floor.payments (order_id);

create table floor.outbox (
    id         bigint generated always as identity primary key,
    topic      text not null,
    payload    jsonb not null,
    created_at timestamptz not null default now()
);

create table floor.coupon_requests (
    id         bigint generated always as identity primary key,
    user_id    int not null,
    coupon_id  int not null,
    created_at timestamptz not null default now(),
    unique (user_id, coupon_id)
);

insert into floor.products select n, 'Product ' || n, 100 + n % 900, 2000000000 from generate_series(1, :products) n;
insert into floor.wallets select n, 1000000000000 from generate_series(1, :users) n;
-- Open orders, for the script that only pays.
insert into floor.orders (user_id, status, total) select 1 + (random() * (:users - 1))::int, 'placed', 500 from generate_series(1, :orders) n;
