-- no transaction
drop index concurrently if exists catalog.products_by_text_grams;
create index concurrently products_by_text_grams on catalog.products using gin (catalog.name_grams(name_folded || ' ' || description_folded)) with (fastupdate = off);
