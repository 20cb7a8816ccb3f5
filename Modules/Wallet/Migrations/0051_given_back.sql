-- The part of a top-up that the provider had given back before it was credited: its CHARGE is of the rest.
alter table wallet.top_ups
    add column given_back bigint not null default 0,
    add constraint top_ups_given_back_check check (given_back >= 0 and given_back < amount) not valid;
