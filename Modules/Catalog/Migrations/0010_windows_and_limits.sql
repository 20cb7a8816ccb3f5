-- When a product is for sale. Its limits stand beside the stock, whose lock decides what an order may take.
alter table catalog.products
    add column sell_from  timestamptz,
    add column sell_until timestamptz,
    add constraint products_window_check check (sell_from < sell_until);

create index products_upcoming on catalog.products (sell_from) where sell_from is not null;

-- Pieces are counted for a user since the limit was set: a limit that is set anew begins another period.
alter table catalog.stock
    add column max_per_order int check (max_per_order between 1 and 1000),
    add column max_per_user  int check (max_per_user between 1 and 1000),
    add column limit_period  int not null default 0 check (limit_period >= 0);

create table catalog.purchase_counts (
    user_id    bigint not null,
    product_id bigint not null,
    period     int not null check (period > 0),
    quantity   bigint not null check (quantity >= 0),
    primary key (user_id, product_id, period)
) with (fillfactor = 80);

-- The period in which a line was counted, or 0: that many pieces are given back to it, once.
alter table catalog.stock_reservations add column counted int not null default 0;
alter table catalog.stock_movements add column counted int not null default 0;
