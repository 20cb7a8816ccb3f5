-- A message is read back as it was written: nothing is looked up inside, so there is no need to take it apart. (A build from before this still writes jsonb,
-- which PostgreSQL casts on assignment.)
alter table {schema}.outbox alter column payload type json;
