-- The rest of a folded name from each word on but the first, of products for sale: suggestions read a range of it.
-- 20 words of a name, and 40 characters from each, are enough for what people type.
create table catalog.name_words (
    product_id bigint not null references catalog.products (product_id),
    position   smallint not null,
    rest       text collate "C" not null,
    primary key (product_id, position)
);

create function catalog.rests_of_name(folded text)
returns table (place smallint, rest text) language sql immutable strict parallel safe as $$
    select n::smallint, left(array_to_string(words[n:], ' '), 40)
    from string_to_array(folded, ' ') as words, generate_series(2, least(cardinality(words), 20)) as n
$$;

insert into catalog.name_words (product_id, position, rest)
select product_id, place, rest from catalog.products, catalog.rests_of_name(name_folded) where status = 'SELLING';

create index name_words_by_rest on catalog.name_words (rest, product_id);

create function catalog.note_name_words() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' then
        delete from catalog.name_words where product_id = new.product_id;
    end if;
    if new.status = 'SELLING' then
        insert into catalog.name_words (product_id, position, rest)
        select new.product_id, place, rest from catalog.rests_of_name(new.name_folded);
    end if;
    return null;
end $$;

create trigger note_name_words_of_new after insert on catalog.products
for each row when (position(' ' in new.name_folded) > 0) execute function catalog.note_name_words();

create trigger note_name_words after update on catalog.products
for each row when (new.name <> old.name or new.status <> old.status) execute function catalog.note_name_words();
