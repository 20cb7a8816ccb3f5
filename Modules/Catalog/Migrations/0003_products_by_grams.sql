-- no transaction
-- Without fastupdate: a search would read the list of what is not merged yet from its beginning to its end.
drop index concurrently if exists catalog.products_by_grams;
create index concurrently products_by_grams on catalog.products using gin (catalog.name_grams(name_folded)) with (fastupdate = off);
