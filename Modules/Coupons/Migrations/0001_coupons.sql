create table coupons.coupons (
    coupon_id            bigint generated always as identity primary key,
    name                 text not null,
    discount_type        text not null check (discount_type in ('FIXED', 'PERCENT')),
    discount_value       bigint not null check (discount_value > 0 and (discount_type = 'FIXED' or discount_value <= 100)),
    max_discount         bigint check (max_discount > 0),
    minimum_order_amount bigint check (minimum_order_amount > 0),
    quantity             int not null check (quantity > 0),
    issued               int not null default 0,
    issue_from           timestamptz not null,
    issue_until          timestamptz not null,
    valid_from           timestamptz not null,
    valid_until          timestamptz not null,
    created_at           timestamptz not null,
    -- The last word on "never one too many".
    check (issued between 0 and quantity),
    check (issue_until <= valid_until),
    check (valid_from < valid_until)
) with (fillfactor = 80);

create table coupons.user_coupons (
    user_coupon_id bigint generated always as identity primary key,
    coupon_id      bigint not null references coupons.coupons,
    user_id        bigint not null,
    status         text not null check (status in ('AVAILABLE', 'RESERVED', 'USED')),
    order_id       uuid,
    issued_at      timestamptz not null,
    used_at        timestamptz,
    -- The last word on "one for each user".
    constraint one_for_each_user unique (coupon_id, user_id),
    check ((status = 'AVAILABLE') = (order_id is null)),
    check ((status = 'USED') = (used_at is not null))
) with (fillfactor = 85);

create index user_coupons_by_user on coupons.user_coupons (user_id, user_coupon_id desc);
create index user_coupons_by_order on coupons.user_coupons (order_id) where order_id is not null;
