-- An issued coupon can be revoked; no order has it. Rows of before meet the checks, which the next migration says.
alter table coupons.user_coupons
    drop constraint user_coupons_status_check,
    drop constraint user_coupons_check,
    add constraint user_coupons_status_check
        check (status in ('AVAILABLE', 'RESERVED', 'USED', 'REVOKED')) not valid,
    add constraint user_coupons_order_check
        check ((status in ('AVAILABLE', 'REVOKED')) = (order_id is null)) not valid;

drop procedure coupons.fill_validity();
