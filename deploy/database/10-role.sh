#!/bin/sh
# Runs once, when the database's volume is empty. The application owns its database and is no superuser:
# whatever might be made to run in its name reaches no file and no other role.
set -eu

psql --set=ON_ERROR_STOP=1 --username postgres --dbname postgres \
     --set=password="$(cat /run/raterhub/services/database-password)" <<'SQL'
CREATE ROLE raterhub LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
CREATE DATABASE raterhub OWNER raterhub;
SQL
