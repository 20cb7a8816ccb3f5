-- An erased user is a number: its orders, ledger and coupons stay.
alter table identity.users
    alter column email drop not null,
    alter column normalized_email drop not null,
    alter column name drop not null,
    add constraint users_erased_check check (case status
        when 'ERASED' then num_nonnulls(email, normalized_email, name, password_hash) = 0 and role = 'CUSTOMER'
        else num_nulls(email, normalized_email, name) = 0 end);
