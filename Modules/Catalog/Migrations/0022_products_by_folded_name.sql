-- no transaction
drop index concurrently if exists catalog.products_by_folded_name;
create index concurrently products_by_folded_name on catalog.products (status, name_folded, product_id);
drop index concurrently if exists catalog.products_by_name;
