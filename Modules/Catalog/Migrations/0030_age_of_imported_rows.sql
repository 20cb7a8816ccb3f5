-- Rows are forgotten a month after the last import of their file: those of before count as imported now.
alter table catalog.imported_rows add column imported_at timestamptz not null default shop.now();

create index imported_rows_by_age on catalog.imported_rows (imported_at);
