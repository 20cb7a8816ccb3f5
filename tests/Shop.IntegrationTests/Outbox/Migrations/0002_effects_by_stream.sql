-- no transaction
drop index concurrently if exists probe.effects_by_stream;
create index concurrently effects_by_stream on probe.effects (stream, number);
