-- The time zone of the shop's days, and since when. A sale stays on the day that it was counted on.
create table ranking.time_zones (
    since     timestamptz primary key,
    time_zone text not null
);

create view ranking.zones as
    select time_zone, since, lead(since, 1, 'infinity') over (order by since) as until from ranking.time_zones;
