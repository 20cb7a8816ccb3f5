-- Who asks is looked up by user: a user waits in few lines, a line may be a hundred thousand long.
drop index coupons.requests_waiting;
create unique index requests_waiting on coupons.requests (user_id, coupon_id) where status = 'WAITING';

-- Each check of the key locked the coupon's row, and all who enter would write there. Coupons are never deleted, and who enters is joined with one.
alter table coupons.requests drop constraint requests_coupon_id_fkey;
