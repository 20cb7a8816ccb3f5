-- Order and payment in one transaction: one product of each of :lines equal shelves, one to three of each, in sets.
\set buyer random(1, :users)
\set draw random(1, 1000000000)
\set shelf :products / :lines
begin;
-- In the order of their ids, so that no two buyers wait for each other.
select count(*) from (
    select from baseline.products
    where id in (
        select line * :shelf + 1 + abs(hashint8extended(line, :draw::bigint) % :shelf)
        from generate_series(0, :lines - 1) line)
    order by id for update) as locked;
with basket as (
    select line, line * :shelf + 1 + abs(hashint8extended(line, :draw::bigint) % :shelf) as product_id,
        (1 + abs(hashint8extended(line, -(:draw::bigint)) % 3))::int as quantity
    from generate_series(0, :lines - 1) line),
sold as (
    update baseline.products set stock = stock - quantity from basket where id = product_id and stock >= quantity
    returning line, id, quantity, price),
placed as (
    insert into baseline.orders (user_id, status, total) select :buyer, 'placed', sum(quantity * price) from sold
    returning id, total),
lines as (
    insert into baseline.order_lines select placed.id, line + 1, sold.id, quantity, price from sold, placed)
select id as placed, total from placed \gset
insert into baseline.outbox (topic, payload) values ('order.placed', jsonb_build_object('order', :placed::bigint, 'user', :buyer::int, 'total', :total::bigint));
update baseline.wallets set balance = balance - :total where user_id = :buyer and balance >= :total returning balance;
insert into baseline.ledger (user_id, amount, kind, reference) values (:buyer, -(:total::bigint), 'payment', :placed);
insert into baseline.payments (order_id, user_id, amount) values (:placed, :buyer, :total);
update baseline.orders set status = 'paid' where id = :placed;
insert into baseline.outbox (topic, payload) values ('order.paid', jsonb_build_object('order', :placed::bigint, 'user', :buyer::int, 'total', :total::bigint));
commit;
