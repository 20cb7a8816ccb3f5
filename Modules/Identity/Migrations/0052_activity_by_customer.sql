-- An export of a user lists what others did on their behalf.
create index activity_by_customer on identity.activity (on_behalf_of, occurred_at desc, activity_id desc)
    where on_behalf_of is not null;
