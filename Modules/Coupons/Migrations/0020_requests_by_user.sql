-- no transaction
-- The requests of a user, settled ones too: of its export.
drop index concurrently if exists coupons.requests_by_user;
create index concurrently requests_by_user on coupons.requests (user_id, request_id);
