#!/usr/bin/env bash
# A MariaDB and a PostgreSQL for the example shop: on loopback, with a folder of their own, beside any others that run here.
#
#   databases.sh start [FOLDER [MARIADB_PORT POSTGRES_PORT]]    naru-data/shop, 13306 and 15432 unless said otherwise
#   databases.sh stop [FOLDER]
#
# Needs Debian's mariadb-server and postgresql. Administrators' passwords: none (MariaDB), postgres (PostgreSQL).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PATH=$PATH:/usr/sbin

fail() {
  echo "databases.sh: $1" >&2
  exit 1
}

# PostgreSQL refuses to run as root: in a namespace of its own it is nobody, who owns the same files.
postgres() {
  if [ "$(id -u)" = 0 ]; then unshare --user "$@"; else "$@"; fi
}

start_mariadb() { # PORT
  local data=$folder/mariadb
  if [ ! -d "$data" ]; then
    mariadb-install-db --no-defaults --datadir="$data" --auth-root-authentication-method=normal --skip-test-db \
      --user="$(id -un)" >"$folder/mariadb.log" 2>&1 || fail "mariadb-install-db failed; see $folder/mariadb.log"
  fi
  nohup mariadbd --no-defaults --user="$(id -un)" --datadir="$data" --socket="$data/s" --pid-file="$data/pid" --port="$1" \
    --bind-address=127.0.0.1 --skip-name-resolve --innodb-buffer-pool-size=64M \
    --server-id=184054 --log-bin="$data/binlog" --binlog-format=ROW --binlog-row-image=FULL \
    --binlog-annotate-row-events=ON >>"$folder/mariadb.log" 2>&1 </dev/null &
  local server=$!
  until mariadb-admin --no-defaults --user=root --socket="$data/s" ping >/dev/null 2>&1; do
    kill -0 $server 2>/dev/null || fail "MariaDB did not start; see $folder/mariadb.log"
    sleep 0.1
  done
  [ -d "$data/shop" ] || mariadb --no-defaults --user=root --socket="$data/s" <"$here/mariadb.sql"
}

start_postgres() { # PORT
  local data=$folder/postgres new=
  if [ ! -d "$data" ]; then
    new=1
    postgres "$bin/initdb" --pgdata="$data" --username=postgres --auth=scram-sha-256 --pwfile=<(echo postgres) \
      --encoding=UTF8 --locale=C >"$folder/postgres.log" 2>&1 || fail "initdb failed; see $folder/postgres.log"
  fi
  postgres "$bin/pg_ctl" --pgdata="$data" --log="$folder/postgres.log" --wait \
    -o "-p $1 -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c wal_level=logical -c fsync=on" start >/dev/null ||
    fail "PostgreSQL did not start; see $folder/postgres.log"
  if [ -n "$new" ]; then
    PGPASSWORD=postgres "$bin/psql" -q -h 127.0.0.1 -p "$1" -U postgres -v ON_ERROR_STOP=1 -f "$here/postgres.sql"
  fi
}

stop() {
  if [ -f "$folder/mariadb/pid" ]; then
    mariadb-admin --no-defaults --user=root --socket="$folder/mariadb/s" shutdown
  fi
  if [ -f "$folder/postgres/postmaster.pid" ]; then
    postgres "$bin/pg_ctl" --pgdata="$folder/postgres" --mode=fast --wait stop >/dev/null
  fi
}

command=${1:-}
case $command in
  start | stop) ;;
  *)
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
    [ "$command" = --help ] && exit 0
    exit 2
    ;;
esac
bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
[ -x "$bin/initdb" ] || fail "there is no PostgreSQL in /usr/lib/postgresql; install Debian's postgresql"
command -v mariadbd >/dev/null || fail "there is no mariadbd; install Debian's mariadb-server"
mkdir -p "${2:-naru-data/shop}"
folder=$(cd "${2:-naru-data/shop}" && pwd)
if [ "$command" = stop ]; then
  stop
else
  start_mariadb "${3:-13306}"
  start_postgres "${4:-15432}"
  echo "MariaDB 127.0.0.1:${3:-13306}, PostgreSQL 127.0.0.1:${4:-15432}, in $folder"
fi
