-- An event of an order has one place in the order's sequence: that key alone keeps it from being recorded twice.
alter table ordering.deliveries drop constraint deliveries_event_id_key;
-- A lease is written beside the row it is taken on, and no index with it.
alter table ordering.deliveries set (fillfactor = 50);
