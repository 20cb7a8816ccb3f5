-- The payment of an order that is there already.
\set buyer random(1, :users)
\set placed random(1, :orders)
\set total random(100, 5000)
begin;
update baseline.wallets set balance = balance - :total where user_id = :buyer and balance >= :total returning balance;
insert into baseline.ledger (user_id, amount, kind, reference) values (:buyer, -(:total::bigint), 'payment', :placed);
insert into baseline.payments (order_id, user_id, amount) values (:placed, :buyer, :total);
update baseline.orders set status = 'paid' where id = :placed;
insert into baseline.outbox (topic, payload) values ('order.paid', jsonb_build_object('order', :placed::bigint, 'user', :buyer::int, 'total', :total::bigint));
commit;
