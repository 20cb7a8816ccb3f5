#!/bin/sh
# roles.sql with the passwords from the container's secrets.
set -eu
SHOP_OWNER_PASSWORD=$(cat /run/secrets/owner_password)
SHOP_PASSWORD=$(cat /run/secrets/shop_password)
export SHOP_OWNER_PASSWORD SHOP_PASSWORD
psql -v ON_ERROR_STOP=1 -U "${POSTGRES_USER:-postgres}" -d "$POSTGRES_DB" -f /database/roles.sql
