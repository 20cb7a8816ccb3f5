-- What a payment or a refund came of: the order, or one of its refunds.
alter table wallet.ledger add column cause uuid;

-- In edition 1 a payment had one debit and one refund: each has the payment itself as its cause.
update wallet.ledger set cause = reference where type in ('PAYMENT', 'REFUND');

alter table wallet.ledger
    add constraint ledger_cause_check check (type not in ('PAYMENT', 'REFUND') or cause is not null);

-- The last word on "never charged twice", and never refunded twice.
create unique index ledger_by_cause on wallet.ledger (reference, type, cause) where reference is not null;
drop index wallet.ledger_by_reference;
