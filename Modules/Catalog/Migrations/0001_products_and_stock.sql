-- What buyers see. Nothing that an order does updates these rows, so that the indexes of the lists cost nothing when the shop is busy.
create table catalog.products (
    product_id  bigint generated always as identity primary key,
    name        text not null check (char_length(name) between 1 and 200),
    description text check (char_length(description) <= 10000),
    price       bigint not null check (price between 0 and 1000000000),
    status      text not null check (status in ('SELLING', 'STOPPED')),
    created_at  timestamptz not null
);

-- One index for each sort of the list; prices are read in both directions. Names sort by code point, which no change of the system's
-- collations can outdate.
create index products_by_newest on catalog.products (status, product_id);
create index products_by_price on catalog.products (status, price, product_id);
create index products_by_name on catalog.products (status, name collate "C", product_id);

-- The row that every order of a product locks and updates: no index but the key, and room on the page for those updates.
-- There is no upper limit here: a return must land even where stock was added in the meantime.
create table catalog.stock (
    product_id bigint primary key references catalog.products (product_id),
    on_hand    bigint not null,
    reserved   bigint not null default 0,
    check (0 <= reserved and reserved <= on_hand)
) with (fillfactor = 50);

-- One row for each line of an order. Its state guards every later change: a repeated event finds nothing left to do.
create table catalog.reservations (
    order_id   uuid not null,
    product_id bigint not null,
    quantity   int not null check (quantity > 0),
    state      text not null check (state in ('RESERVED', 'SOLD', 'RELEASED', 'RETURNED')),
    primary key (order_id, product_id)
) with (fillfactor = 80);

-- Append-only: stock on hand is the sum of its movements. Written under the stock's row lock, so that ids, times and on_hand_after run in
-- one order for each product.
create table catalog.stock_movements (
    movement_id   bigint generated always as identity primary key,
    product_id    bigint not null,
    type          text not null check (type in ('INITIAL', 'ADJUSTMENT', 'SALE', 'RETURN')),
    delta         bigint not null,
    on_hand_after bigint not null check (on_hand_after >= 0),
    reason        text check (char_length(reason) between 1 and 200),
    order_id      uuid,
    occurred_at   timestamptz not null,
    check (case type when 'SALE' then delta < 0 when 'ADJUSTMENT' then delta <> 0 else delta > 0 end),
    check ((type = 'ADJUSTMENT') = (reason is not null)),
    check ((type in ('SALE', 'RETURN')) = (order_id is not null))
);

create index stock_movements_by_product on catalog.stock_movements (product_id, movement_id desc);
