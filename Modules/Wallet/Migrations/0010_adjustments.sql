-- Why an ADJUSTMENT was made.
alter table wallet.ledger add column reason text;

-- Validated by the next migration, which holds up no insert.
alter table wallet.ledger
    drop constraint ledger_type_check,
    drop constraint ledger_check,
    drop constraint ledger_check1,
    add constraint ledger_type_check check (type in ('CHARGE', 'PAYMENT', 'REFUND', 'ADJUSTMENT')) not valid,
    add constraint ledger_amount_check check (case type
        when 'CHARGE' then amount > 0
        when 'PAYMENT' then amount <= 0
        when 'ADJUSTMENT' then amount <> 0
        else amount >= 0 end) not valid,
    -- A CHARGE has a reference where it came of a top-up, which is its cause too.
    add constraint ledger_reference_check check (case type
        when 'CHARGE' then cause is not distinct from reference
        when 'ADJUSTMENT' then reference is null and cause is null
        else reference is not null end) not valid,
    add constraint ledger_reason_check check ((type = 'ADJUSTMENT') = (reason is not null)) not valid;
