-- Tries that failed in a row, counted as attempts or not: the pause before the next try grows with them.
alter table ordering.deliveries add column failures int not null default 0;
