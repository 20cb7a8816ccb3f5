-- Descriptions as they are searched. Rewrites the table, as 0002 did, and longer: a description has 10,000 letters at most.
alter table catalog.products
    add column description_folded text collate "C"
        generated always as (coalesce(catalog.fold(description), '')) stored;
