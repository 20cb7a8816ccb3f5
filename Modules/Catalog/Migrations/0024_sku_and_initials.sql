-- A seller's own name of a product.
alter table catalog.products add column sku text collate "C" check (sku ~ '^[!-~]{1,64}$');
create unique index products_by_sku on catalog.products (sku) where sku is not null;

-- Each Hangul syllable as its initial consonant (U+1100 to U+1112), all else as it is. The cost is that of name_grams.
create function catalog.initials(folded text) returns text language sql immutable strict parallel safe cost 1000 as $$
    select coalesce(
        string_agg(
            case when letter between '가' and '힣' then chr(4352 + (ascii(letter) - 44032) / 588) else letter end,
            '' order by position),
        '')
    from (
        select letter collate "C" as letter, position
        from unnest(string_to_array(folded, null)) with ordinality as letters (letter, position)) l
$$;
