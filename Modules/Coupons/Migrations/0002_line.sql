-- The waiting line. A ticket says who came first; it is drawn from a sequence of the coupon, so that drawing one waits for nobody.
create table coupons.requests (
    request_id     uuid primary key,
    coupon_id      bigint not null references coupons.coupons,
    user_id        bigint not null,
    ticket         bigint not null,
    status         text not null check (status in ('WAITING', 'COMPLETED', 'FAILED')),
    user_coupon_id bigint,
    reason         text,
    requested_at   timestamptz not null,
    settled_at     timestamptz,
    check ((status = 'WAITING') = (settled_at is null)),
    check ((status = 'COMPLETED') = (user_coupon_id is not null)),
    check ((status = 'FAILED') = (reason is not null))
) with (fillfactor = 85);

-- The last word on "one place in the line for each user".
create unique index requests_waiting on coupons.requests (coupon_id, user_id) where status = 'WAITING';
create index requests_in_line on coupons.requests (coupon_id, ticket) where status = 'WAITING';

-- How far a coupon's line has been settled. Apart from the coupon, whose row direct issues wait for.
create table coupons.lines (
    coupon_id      bigint primary key references coupons.coupons,
    settled_ticket bigint not null default 0,
    settled_at     timestamptz
) with (fillfactor = 50);

-- A new coupon gets its line. With its owner's rights: who runs the shop need not be allowed to create anything.
create function coupons.open_line() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    execute format('create sequence coupons.tickets_%s', new.coupon_id);
    insert into coupons.lines (coupon_id) values (new.coupon_id);
    return new;
end $$;

create trigger open_line after insert on coupons.coupons for each row execute function coupons.open_line();

create function coupons.next_ticket(coupon_id bigint) returns bigint language sql volatile security definer set search_path = pg_catalog, pg_temp
    return nextval(format('coupons.tickets_%s', coupon_id)::regclass);
