-- An order from a cart, until its items are back there because it came to nothing.
alter table ordering.orders add column returns_to_cart boolean not null default false;
