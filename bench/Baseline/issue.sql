-- One of ten coupons, to who has none of it.
\set buyer random(1, :users)
\set coupon random(1, 10)
begin;
select issued < quantity from baseline.coupons where coupon_id = :coupon for update;
with made as (
    insert into baseline.user_coupons (user_id, coupon_id) values (:buyer, :coupon) on conflict do nothing returning 1)
update baseline.coupons set issued = issued + 1 where coupon_id = :coupon and exists (select from made);
commit;
