-- Order and payment in one transaction: one or two products of the whole shelf, one to three of each.
\set half :products / 2
\set buyer random(1, :users)
\set first random(1, :half)
\set second random(:half + 1, :products)
\set two random(0, 1)
\set quantity random(1, 3)
begin;
update baseline.products set stock = stock - :quantity where id = :first and stock >= :quantity returning price * :quantity as amount1 \gset
\set amount2 0
\if :two
update baseline.products set stock = stock - :quantity where id = :second and stock >= :quantity returning price * :quantity as amount2 \gset
\endif
\set total :amount1 + :amount2
insert into baseline.orders (user_id, status, total) values (:buyer, 'placed', :total) returning id as placed \gset
\if :two
insert into baseline.order_lines values (:placed, 1, :first, :quantity, :amount1::bigint / :quantity::int), (:placed, 2, :second, :quantity, :amount2::bigint / :quantity::int);
\else
insert into baseline.order_lines values (:placed, 1, :first, :quantity, :amount1::bigint / :quantity::int);
\endif
insert into baseline.outbox (topic, payload) values ('order.placed', jsonb_build_object('order', :placed::bigint, 'user', :buyer::int, 'total', :total::bigint));
update baseline.wallets set balance = balance - :total where user_id = :buyer and balance >= :total returning balance;
insert into baseline.ledger (user_id, amount, kind, reference) values (:buyer, -(:total::bigint), 'payment', :placed);
insert into baseline.payments (order_id, user_id, amount) values (:placed, :buyer, :total);
update baseline.orders set status = 'paid' where id = :placed;
insert into baseline.outbox (topic, payload) values ('order.paid', jsonb_build_object('order', :placed::bigint, 'user', :buyer::int, 'total', :total::bigint));
commit;
