-- no transaction
drop index concurrently if exists ordering.orders_open_by_user;
-- Open orders of a user, to be counted when another one is placed.
create index concurrently orders_open_by_user on ordering.orders (user_id, expires_at) where status = 'CREATED';
