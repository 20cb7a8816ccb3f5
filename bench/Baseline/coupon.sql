-- A place in one of a thousand waiting lines.
\set buyer random(1, :users)
\set coupon random(1, 1000)
insert into baseline.coupon_requests (user_id, coupon_id) values (:buyer, :coupon) on conflict do nothing;
