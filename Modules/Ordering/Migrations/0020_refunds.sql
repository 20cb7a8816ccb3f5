-- What is back of an order, and when it left the house. Rows of before meet the checks: a check of them all would
-- hold the tables. A REFUNDED order's amount is its total, whatever stands here.
alter table ordering.orders
    add column refunded_amount      bigint not null default 0,
    add column refunds              int not null default 0,
    add column refunded_quantities  int[],
    add column fulfilled_at         timestamptz,
    add column fulfilment_reference text,
    add constraint orders_refunded_amount_check check (refunded_amount between 0 and total_amount) not valid,
    add constraint orders_refunded_paid_check
        check (refunded_amount = 0 and refunds = 0 or status in ('PAID', 'REFUNDED')) not valid,
    add constraint orders_fulfilled_check check (fulfilled_at is null or status in ('PAID', 'REFUNDED')) not valid;

-- A line's share of the order's discount; null in lines of before, whose shares follow from the order. How many of it
-- were refunded stands with the order: its lock alone says what is left.
alter table ordering.order_lines
    add column discount_amount bigint,
    add constraint order_lines_discount_check check (discount_amount between 0 and unit_price * quantity) not valid;

-- Refunds of some of an order, numbered 1, 2, … for each order. Never changed.
create table ordering.refunds (
    refund_id   uuid primary key,
    order_id    uuid not null,
    number      int not null check (number > 0),
    amount      bigint not null check (amount >= 0),
    restock     boolean not null,
    reason      text not null,
    refunded_at timestamptz not null,
    constraint refunds_by_order unique (order_id, number)
);

create table ordering.refund_lines (
    refund_id  uuid not null,
    product_id bigint not null,
    quantity   int not null check (quantity > 0),
    amount     bigint not null check (amount >= 0),
    primary key (refund_id, product_id)
);
