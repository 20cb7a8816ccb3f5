-- no transaction
drop index concurrently if exists wallet.ledger_by_time;
-- Exports by time. Lines are appended in about that order, so that an entry for a range of pages is enough.
create index concurrently ledger_by_time on wallet.ledger using brin (occurred_at)
    with (pages_per_range = 32, autosummarize = on);
