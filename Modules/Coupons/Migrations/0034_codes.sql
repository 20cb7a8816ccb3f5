-- Codes by which a coupon is had. Batches are made off the request, part by part.
create table coupons.code_batches (
    batch_id   uuid primary key,
    coupon_id  bigint not null references coupons.coupons,
    wanted     int not null check (wanted between 1 and 100000),
    made       int not null default 0,
    created_at timestamptz not null,
    check (made between 0 and wanted)
);

create index code_batches_open on coupons.code_batches (batch_id) where made < wanted;

create table coupons.codes (
    code_id   bigint generated always as identity primary key,
    -- As it is compared: upper case, without blanks and hyphens.
    folded    text not null unique,
    code      text not null,
    coupon_id bigint not null references coupons.coupons,
    uses      int not null check (uses between 1 and 10000000),
    used      int not null default 0,
    batch_id  uuid,
    -- The last word on "as often as it may be used".
    check (used between 0 and uses)
) with (fillfactor = 90);

create index codes_by_coupon on coupons.codes (coupon_id, code_id);

-- The last codes of a user that were none: ten places, of which the oldest is written next.
create table coupons.code_misses (
    user_id   bigint not null,
    place     int not null check (place between 0 and 9),
    missed_at timestamptz not null,
    primary key (user_id, place)
);
