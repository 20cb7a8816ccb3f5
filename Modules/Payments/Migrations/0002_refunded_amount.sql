-- How much of a payment is back in the wallet: the last word on "never more than was paid".
alter table payments.payments add column refunded_amount bigint not null default 0;
update payments.payments set refunded_amount = amount where refunded_at is not null and amount > 0;
alter table payments.payments
    add constraint payments_refunded_amount_check check (refunded_amount between 0 and amount),
    add constraint payments_refunded_completed_check check (refunded_amount = 0 or status = 'COMPLETED'),
    add constraint payments_refunded_at_check check (refunded_at is null or refunded_amount = amount);
