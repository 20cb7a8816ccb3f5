-- A tree of three levels. A parent is one level above, so that no row can close a cycle.
create table catalog.categories (
    category_id  bigint generated always as identity primary key,
    name         text not null check (char_length(name) between 1 and 200),
    parent_id    bigint,
    level        smallint not null check (level between 1 and 3),
    parent_level smallint generated always as (level - 1) stored,
    unique (category_id, level),
    check ((parent_id is null) = (level = 1)),
    foreign key (parent_id, parent_level) references catalog.categories (category_id, level)
);

create index categories_by_parent on catalog.categories (parent_id);

alter table catalog.products
    add column category_ids bigint[] not null default '{}' check (cardinality(category_ids) <= 20);

-- The products of each category with the keys by which lists are sorted: a list of a category reads its page alone.
create table catalog.product_categories (
    product_id  bigint not null references catalog.products (product_id),
    category_id bigint not null references catalog.categories (category_id),
    status      text not null,
    price       bigint not null,
    name_folded text collate "C" not null,
    primary key (product_id, category_id)
);

create index product_categories_by_newest on catalog.product_categories (category_id, status, product_id);
create index product_categories_by_price on catalog.product_categories (category_id, status, price, product_id);
create index product_categories_by_name on catalog.product_categories (category_id, status, name_folded, product_id);

-- By trigger, so that no statement leaves them behind the product.
create function catalog.list_in_categories() returns trigger language plpgsql as $$
begin
    delete from catalog.product_categories
    where product_id = new.product_id and category_id <> all (new.category_ids);
    insert into catalog.product_categories (product_id, category_id, status, price, name_folded)
    select distinct new.product_id, category_id, new.status, new.price, new.name_folded
    from unnest(new.category_ids) as category_id
    order by category_id
    on conflict (product_id, category_id) do update
    set status = excluded.status, price = excluded.price, name_folded = excluded.name_folded;
    return null;
end $$;

create trigger list_new_in_categories after insert on catalog.products
for each row when (new.category_ids <> '{}') execute function catalog.list_in_categories();

create trigger list_in_categories after update on catalog.products
for each row when ((new.category_ids <> '{}' or old.category_ids <> '{}')
    and (new.category_ids, new.status, new.price, new.name)
        is distinct from (old.category_ids, old.status, old.price, old.name))
execute function catalog.list_in_categories();
