alter table catalog.products
    add column images jsonb not null default '[]'
        check (jsonb_typeof(images) = 'array' and jsonb_array_length(images) <= 10);

-- Null: the product is never low. Products of before have the default of the setting Catalog:LowStockThreshold.
alter table catalog.stock
    add column low_stock_threshold bigint default 5 check (low_stock_threshold between 0 and 1000000000);
alter table catalog.stock alter column low_stock_threshold drop default;

-- Products at or under their threshold. An index of the stock itself would cost every order; this costs those of
-- products that are low.
create table catalog.low_stock (
    product_id bigint primary key references catalog.products (product_id),
    status     text not null,
    stock      bigint not null
) with (fillfactor = 80);

create index low_stock_by_stock on catalog.low_stock (status, stock, product_id);

-- Under the lock of the stock's row, as all that changes a product.
create function catalog.note_low_stock() returns trigger language plpgsql as $$
begin
    if new.on_hand - new.reserved <= new.low_stock_threshold then
        insert into catalog.low_stock (product_id, status, stock)
        select product_id, status, new.on_hand - new.reserved
        from catalog.products where product_id = new.product_id
        on conflict (product_id) do update set stock = excluded.stock;
    else
        delete from catalog.low_stock where product_id = new.product_id;
    end if;
    return null;
end $$;

create trigger note_low_stock_of_new after insert on catalog.stock
for each row when (new.on_hand - new.reserved <= new.low_stock_threshold)
execute function catalog.note_low_stock();

create trigger note_low_stock after update on catalog.stock
for each row when (new.on_hand - new.reserved <= new.low_stock_threshold
    or old.on_hand - old.reserved <= old.low_stock_threshold)
execute function catalog.note_low_stock();

create function catalog.note_status_of_low_stock() returns trigger language plpgsql as $$
begin
    update catalog.low_stock set status = new.status where product_id = new.product_id;
    return null;
end $$;

create trigger note_status_of_low_stock after update on catalog.products
for each row when (new.status <> old.status) execute function catalog.note_status_of_low_stock();

insert into catalog.low_stock (product_id, status, stock)
select s.product_id, p.status, s.on_hand - s.reserved
from catalog.stock s join catalog.products p using (product_id)
where s.on_hand - s.reserved <= s.low_stock_threshold;
