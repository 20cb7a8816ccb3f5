-- no transaction
drop index concurrently if exists ordering.orders_returning;
-- Orders that came to nothing and whose items are still to be put back: few at any time.
create index concurrently orders_returning on ordering.orders (user_id)
    where returns_to_cart and status in ('PAYMENT_FAILED', 'EXPIRED');
