-- The member of staff or the API key that ordered for the customer; null: the customer. NOT VALID: every row of before
-- has null, and a check of them all would hold the table.
alter table ordering.orders
    add column placed_by_type text,
    add column placed_by_id   text,
    add constraint orders_placed_by check (
        (placed_by_type is null) = (placed_by_id is null) and placed_by_type in ('USER', 'API_KEY')) not valid;
