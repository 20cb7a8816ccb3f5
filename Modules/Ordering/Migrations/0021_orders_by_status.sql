-- no transaction
drop index concurrently if exists ordering.orders_by_status;
-- Ids are UUIDv7: they ascend with the time of ordering. A time of ordering is a range of the primary key.
create index concurrently orders_by_status on ordering.orders (status, order_id desc);
