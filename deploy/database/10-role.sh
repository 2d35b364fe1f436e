#!/bin/sh
# Runs once, when the volume of the database is empty. The role of the application owns its database and is no
# superuser, so an injected statement reaches no file and no other role.
set -eu

psql --set=ON_ERROR_STOP=1 --username postgres --dbname postgres \
     --set=password="$(cat /run/raterhub/services/database-password)" <<'SQL'
CREATE ROLE raterhub LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
CREATE DATABASE raterhub OWNER raterhub;
SQL
