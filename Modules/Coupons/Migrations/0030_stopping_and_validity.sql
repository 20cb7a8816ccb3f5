-- A campaign can be stopped, names the way in which it is issued, and may be for some products alone.
alter table coupons.coupons
    add column status           text not null default 'ACTIVE' check (status in ('ACTIVE', 'STOPPED')),
    add column issuance         text not null default 'ANY'
        check (issuance in ('ANY', 'DIRECT', 'LINE', 'CODE', 'GRANT')),
    add column scope_products   bigint[] check (cardinality(scope_products) > 0),
    add column scope_categories bigint[] check (cardinality(scope_categories) > 0);

-- Each issued coupon has the validity that its campaign had when it was issued.
alter table coupons.user_coupons
    add column valid_from  timestamptz,
    add column valid_until timestamptz;

-- Hosts of before insert without it.
create function coupons.set_validity() returns trigger language plpgsql as $$
declare
    campaign record;
begin
    select valid_from, valid_until into campaign from coupons.coupons where coupon_id = new.coupon_id;
    new.valid_from := campaign.valid_from;
    new.valid_until := campaign.valid_until;
    return new;
end $$;

create trigger set_validity before insert on coupons.user_coupons for each row when (new.valid_until is null)
    execute function coupons.set_validity();

-- Called by the next migration, in transactions of 5,000 ids each. Rows are locked in the order of commands.
create procedure coupons.fill_validity() language plpgsql as $$
declare
    filled bigint := 0;
    last bigint;
begin
    loop
        select max(user_coupon_id) into last from (
            select user_coupon_id from coupons.user_coupons
            where user_coupon_id > filled order by user_coupon_id limit 5000) as part;
        exit when last is null;
        with part as materialized (
            select user_coupon_id, coupon_id from coupons.user_coupons
            where user_coupon_id > filled and user_coupon_id <= last and valid_until is null
            order by user_coupon_id
            for no key update)
        update coupons.user_coupons u set valid_from = c.valid_from, valid_until = c.valid_until
        from part
        join coupons.coupons c on c.coupon_id = part.coupon_id
        where u.user_coupon_id = part.user_coupon_id;
        commit;
        filled := last;
    end loop;
end $$;
