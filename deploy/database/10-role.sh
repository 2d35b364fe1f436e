#!/bin/sh
# Runs once, when the volume of the database is empty. The role of the application owns its database and is no
# superuser, so an injected statement reaches no file and no other role.
set -eu

# psql reads the password itself: every user of a machine can read the arguments of a process.
secrets=${RATERHUB_SECRETS:-/run/raterhub}
export secrets

psql --set=ON_ERROR_STOP=1 --username postgres --dbname postgres <<'SQL'
\set password `cat "$secrets/services/database-password"`
CREATE ROLE raterhub LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
CREATE DATABASE raterhub OWNER raterhub;
SQL
