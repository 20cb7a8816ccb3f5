-- Imports of products. Their files are kept until they are applied: whichever host goes on has all that it needs.
create table catalog.imports (
    import_id   uuid primary key,
    -- In the order of their transactions: a lock is held until the commit.
    position    bigint generated always as identity,
    file_hash   bytea not null check (octet_length(file_hash) = 32),
    rows        int not null check (rows >= 0),
    done        int not null default 0,
    failed      int not null default 0,
    created_at  timestamptz not null,
    finished_at timestamptz,
    check (failed between 0 and done and done <= rows)
);

create index imports_unfinished on catalog.imports (position) where finished_at is null;
create index imports_finished on catalog.imports (finished_at) where finished_at is not null;

create table catalog.import_files (
    import_id uuid primary key references catalog.imports on delete cascade,
    content   bytea not null
);

create table catalog.import_errors (
    import_id uuid not null references catalog.imports on delete cascade,
    row       int not null,
    field     text not null,
    message   text not null,
    primary key (import_id, row, field)
);

-- Rows that name no product and have become one: they do so once.
create table catalog.imported_rows (
    file_hash bytea not null,
    row       int not null,
    primary key (file_hash, row)
);
