-- The least that a shop could store for the same effect, with the keys, checks and indexes that it would want anyway, and no foreign keys.
-- :users, :products and :orders are replaced by the bench.
create schema baseline;

create table baseline.products (
    id    int primary key,
    name  text not null,
    price bigint not null,
    stock int not null check (stock >= 0)
) with (fillfactor = 80);

create table baseline.wallets (
    user_id int primary key,
    balance bigint not null check (balance >= 0)
) with (fillfactor = 80);

create table baseline.orders (
    id         bigint generated always as identity primary key,
    user_id    int not null,
    status     text not null,
    total      bigint not null,
    created_at timestamptz not null default now()
) with (fillfactor = 90);

create index on baseline.orders (user_id);

create table baseline.order_lines (
    order_id   bigint not null,
    line       int not null,
    product_id int not null,
    quantity   int not null,
    price      bigint not null,
    primary key (order_id, line)
);

create table baseline.ledger (
    id         bigint generated always as identity primary key,
    user_id    int not null,
    amount     bigint not null,
    kind       text not null,
    reference  bigint not null,
    created_at timestamptz not null default now()
);

create index on baseline.ledger (user_id);

create table baseline.payments (
    id         bigint generated always as identity primary key,
    order_id   bigint not null,
    user_id    int not null,
    amount     bigint not null,
    created_at timestamptz not null default now()
);

create index on baseline.payments (order_id);

create table baseline.outbox (
    id         bigint generated always as identity primary key,
    topic      text not null,
    payload    jsonb not null,
    created_at timestamptz not null default now()
);

create table baseline.coupon_requests (
    id         bigint generated always as identity primary key,
    user_id    int not null,
    coupon_id  int not null,
    created_at timestamptz not null default now(),
    unique (user_id, coupon_id)
);

create table baseline.coupons (
    coupon_id int primary key,
    quantity  int not null,
    issued    int not null default 0 check (issued <= quantity)
);

create table baseline.codes (
    code      text primary key,
    coupon_id int not null,
    uses      int not null,
    used      int not null default 0 check (used <= uses)
);

create table baseline.user_coupons (
    id        bigint generated always as identity primary key,
    user_id   int not null,
    coupon_id int not null,
    issued_at timestamptz not null default now(),
    unique (user_id, coupon_id)
);

insert into baseline.coupons select n, 10000000 from generate_series(1, 10) n;
insert into baseline.codes select 'BENCH' || n, n, 10000000 from generate_series(1, 10) n;
insert into baseline.products select n, 'Product ' || n, 100 + n % 900, 2000000000 from generate_series(1, :products) n;
insert into baseline.wallets select n, 1000000000000 from generate_series(1, :users) n;
-- Open orders, for the script that only pays.
insert into baseline.orders (user_id, status, total) select 1 + (random() * (:users - 1))::int, 'placed', 500 from generate_series(1, :orders) n;
