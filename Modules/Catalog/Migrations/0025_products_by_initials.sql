-- no transaction
drop index concurrently if exists catalog.products_by_initials;
create index concurrently products_by_initials on catalog.products using gin (catalog.name_grams(catalog.initials(name_folded))) with (fastupdate = off);
