-- no transaction
call coupons.fill_validity();
alter table coupons.user_coupons drop constraint if exists user_coupons_validity_check;
alter table coupons.user_coupons add constraint user_coupons_validity_check
    check (valid_from is not null and valid_until is not null and valid_from < valid_until) not valid;
alter table coupons.user_coupons validate constraint user_coupons_validity_check;
