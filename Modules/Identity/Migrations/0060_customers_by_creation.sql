-- no transaction
drop index concurrently if exists identity.customers_by_creation;
-- New customers of a day.
create index concurrently customers_by_creation on identity.users (created_at) where role = 'CUSTOMER';
