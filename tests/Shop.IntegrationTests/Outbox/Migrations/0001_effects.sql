-- No unique key on purpose: an effect that takes place twice must show.
create table probe.effects (
    id      bigint generated always as identity primary key,
    handler text not null,
    stream  text not null,
    number  int not null
);
