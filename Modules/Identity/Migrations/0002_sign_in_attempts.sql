-- Attempts begun and not succeeded, for any e-mail that was tried, known or not. Three kinds of rows for an e-mail: a
-- network (an IPv4 address, an IPv6 /64), the /48 of an IPv6 network, and '*' for all networks together.
-- identity.sign_in_failures stays for hosts of the build before, which count by e-mail alone; a later migration drops
-- it.
create table identity.sign_in_attempts (
    normalized_email text not null,
    network          text not null,
    failures         int not null check (failures >= 0),
    started_at       timestamptz not null,
    attempted_at     timestamptz not null,
    locked_until     timestamptz,
    primary key (normalized_email, network)
);

create index sign_in_attempts_by_attempt on identity.sign_in_attempts (attempted_at);

-- Networks from which an account was signed in to: a lock for all networks leaves them out.
create table identity.sign_in_networks (
    user_id      bigint not null references identity.users,
    network      text not null,
    signed_in_at timestamptz not null,
    primary key (user_id, network)
);

create index sign_in_networks_by_sign_in on identity.sign_in_networks (signed_in_at);
