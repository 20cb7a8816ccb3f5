-- No key of product_categories begins with the product: a list of a category, newest first, would be read by it, through
-- all products. The trigger names the rows of the categories that the product had.
alter table catalog.product_categories drop constraint product_categories_pkey;
alter table catalog.product_categories add primary key (category_id, product_id);

create or replace function catalog.list_in_categories() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' then
        delete from catalog.product_categories
        where category_id = any(old.category_ids) and product_id = new.product_id
            and category_id <> all (new.category_ids);
    end if;
    insert into catalog.product_categories (product_id, category_id, status, price, name_folded)
    select distinct new.product_id, category_id, new.status, new.price, new.name_folded
    from unnest(new.category_ids) as category_id
    order by category_id
    on conflict (category_id, product_id) do update
    set status = excluded.status, price = excluded.price, name_folded = excluded.name_folded;
    return null;
end $$;
