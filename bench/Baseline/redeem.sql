-- The code of one of ten coupons, by who has none of it.
\set buyer random(1, :users)
\set coupon random(1, 10)
begin;
select coupon_id, used < uses from baseline.codes where code = 'BENCH' || :coupon for update;
select issued < quantity from baseline.coupons where coupon_id = :coupon for update;
with made as (
    insert into baseline.user_coupons (user_id, coupon_id) values (:buyer, :coupon) on conflict do nothing returning 1),
counted as (
    update baseline.codes set used = used + 1 where code = 'BENCH' || :coupon and exists (select from made))
update baseline.coupons set issued = issued + 1 where coupon_id = :coupon and exists (select from made);
commit;
