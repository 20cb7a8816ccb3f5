-- The checkout where everybody buys the same product.
\set buyer random(1, :users)
\set first 1
\set quantity random(1, 3)
begin;
update baseline.products set stock = stock - :quantity where id = :first and stock >= :quantity returning price * :quantity as total \gset
insert into baseline.orders (user_id, status, total) values (:buyer, 'placed', :total) returning id as placed \gset
insert into baseline.order_lines values (:placed, 1, :first, :quantity, :total::bigint / :quantity::int);
insert into baseline.outbox (topic, payload) values ('order.placed', jsonb_build_object('order', :placed::bigint, 'user', :buyer::int, 'total', :total::bigint));
update baseline.wallets set balance = balance - :total where user_id = :buyer and balance >= :total returning balance;
insert into baseline.ledger (user_id, amount, kind, reference) values (:buyer, -(:total::bigint), 'payment', :placed);
insert into baseline.payments (order_id, user_id, amount) values (:placed, :buyer, :total);
update baseline.orders set status = 'paid' where id = :placed;
insert into baseline.outbox (topic, payload) values ('order.paid', jsonb_build_object('order', :placed::bigint, 'user', :buyer::int, 'total', :total::bigint));
commit;
