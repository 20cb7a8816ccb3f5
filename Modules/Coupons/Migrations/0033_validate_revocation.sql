-- no transaction
alter table coupons.user_coupons validate constraint user_coupons_status_check;
alter table coupons.user_coupons validate constraint user_coupons_order_check;
