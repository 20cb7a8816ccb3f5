-- no transaction
alter table wallet.top_ups validate constraint top_ups_given_back_check;
drop index concurrently if exists wallet.top_ups_failed;
-- Top-ups that have failed lately, which are counted.
create index concurrently top_ups_failed on wallet.top_ups (settled_at) where status = 'FAILED';
