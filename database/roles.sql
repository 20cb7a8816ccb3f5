-- Two roles for one shop: shop_owner owns the schemas and migrates, shop runs and may only read and write rows.
-- Run once by a superuser, connected to the shop's database, before the first migration: psql -d shop -f database/roles.sql
\getenv owner_password SHOP_OWNER_PASSWORD
\getenv shop_password SHOP_PASSWORD

create role shop_owner login password :'owner_password';
create role shop login password :'shop_password';

revoke all on database :"DBNAME" from public;
grant connect, create on database :"DBNAME" to shop_owner;
grant connect on database :"DBNAME" to shop;

-- Whatever a migration makes, now or later, is usable at once. Functions are open to all as PostgreSQL makes them.
alter default privileges for role shop_owner grant usage on schemas to shop;
alter default privileges for role shop_owner grant select, insert, update, delete on tables to shop;
alter default privileges for role shop_owner grant usage, select on sequences to shop;
