-- no transaction
alter table wallet.ledger validate constraint ledger_type_check;
alter table wallet.ledger validate constraint ledger_amount_check;
alter table wallet.ledger validate constraint ledger_reference_check;
alter table wallet.ledger validate constraint ledger_reason_check;
drop index concurrently if exists wallet.ledger_charges_by_time;
-- What a user has charged today: the daily limit.
create index concurrently ledger_charges_by_time on wallet.ledger (user_id, occurred_at) include (amount)
    where type = 'CHARGE';
