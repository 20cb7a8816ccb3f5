-- stop older hosts
-- A reservation belongs to an order that waits for its payment, and is deleted when the order closes. A host of
-- edition 1 that comes back finds no catalog.reservations, and fails before it changes any stock.
create table catalog.stock_reservations (
    order_id   uuid not null,
    product_id bigint not null,
    quantity   int not null check (quantity > 0),
    primary key (order_id, product_id)
);

insert into catalog.stock_reservations (order_id, product_id, quantity)
select order_id, product_id, quantity from catalog.reservations where state = 'RESERVED';

drop table catalog.reservations;

-- What a sale or a return came of: an order, or one of its refunds.
alter table catalog.stock_movements add column cause uuid;
update catalog.stock_movements set cause = order_id where order_id is not null;
alter table catalog.stock_movements
    add constraint stock_movements_cause_check check ((type in ('SALE', 'RETURN')) = (cause is not null));

-- The last word on "never sold twice", and never returned twice.
create unique index stock_movements_by_cause on catalog.stock_movements (cause, product_id, type) where cause is not null;
