create table ordering.cart_items (
    user_id    bigint not null,
    product_id bigint not null,
    quantity   int not null check (quantity between 1 and 1000),
    added_at   timestamptz not null,
    primary key (user_id, product_id)
);
