#!/usr/bin/env bash
# Writes WHMCS' configuration.php for the seeded database, unless there is one, and starts Apache.
set -euo pipefail
copy=/var/www/html
die() { echo "error: $*" >&2; exit 1; }
[ -e "$copy/init.php" ] || die "$copy holds no WHMCS: set WHMCS_DIR to the folder of your licensed copy"
if [ ! -s "$copy/configuration.php" ]; then
  [ -n "${WHMCS_LICENSE:-}" ] || die 'set WHMCS_LICENSE to your licence key'
  cat >"$copy/configuration.php" <<PHP
<?php
\$license = '$WHMCS_LICENSE';
\$db_host = '$WHMCS_DB_HOST';
\$db_username = '$WHMCS_DB_USER';
\$db_password = '$WHMCS_DB_PASSWORD';
\$db_name = '$WHMCS_DB_NAME';
\$cc_encryption_hash = '$WHMCS_ENCRYPTION_HASH';
\$templates_compiledir = 'templates_c';
\$mysql_charset = 'utf8';
PHP
fi
# It would make the database anew.
[ ! -d "$copy/install" ] || die "remove $copy/install: the database is seeded already"
exec docker-php-entrypoint "$@"
