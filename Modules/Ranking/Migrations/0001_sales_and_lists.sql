-- What was paid for on each day of the shop, less what was refunded of it: the day is the payment's, in the shop's time zone. Deltas are added as
-- events come, so there is no CHECK: a day that was cleared away may still get a refund. Updates touch no index and find room on their page.
create table ranking.daily_sales (
    day        date not null,
    product_id bigint not null,
    quantity   bigint not null,
    primary key (day, product_id)
) with (fillfactor = 70);

-- The lists as they are answered, one row for each number of days. All rows are replaced together.
create table ranking.lists (
    days        int primary key check (days between 1 and 30),
    computed_at timestamptz not null,
    items       jsonb not null
);
