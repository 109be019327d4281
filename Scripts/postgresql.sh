# Sourced by ./test and the benchmarks: a PostgreSQL server of one's own, on a free port of the
# loopback interface, gone with the script that started it.
#
#   find_postgresql                 sets `postgresql_bin`, or fails when there is no server to start
#   start_postgresql DIR [OPTION…]  makes a cluster in DIR and starts it; sets `postgresql_url`
#   stop_postgresql                 stops it, by its process id

postgresql_pid=

find_postgresql() {
  local found
  found=$(command -v initdb || ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -n 1)
  [ -n "$found" ] || return 1
  postgresql_bin=$(dirname "$(readlink -f "$found")")
  # The server refuses to run as root, so root needs the user that the package brings.
  [ "$(id -u)" != 0 ] || id postgres >/dev/null 2>&1
}

as_postgresql() { # COMMAND…: replaces this shell, so that its process id is the command's
  if [ "$(id -u)" = 0 ]; then
    exec setpriv --reuid=postgres --regid=postgres --clear-groups -- "$@"
  fi
  exec "$@"
}

start_postgresql() { # DIR [OPTION…]
  local folder=$1 try port
  shift
  mkdir -p "$folder"
  [ "$(id -u)" != 0 ] || chown postgres "$folder"
  ( as_postgresql "$postgresql_bin/initdb" -D "$folder/data" -U catchment -A trust -E UTF8 \
      --locale=C.UTF-8 --no-sync ) > "$folder/initdb.log" 2>&1 \
    || { cat "$folder/initdb.log" >&2; return 1; }
  for try in 1 2 3 4 5; do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 40000))
    # In a session of its own: an interrupt at the terminal is for the tests, which end it after.
    ( cd "$folder" && as_postgresql setsid "$postgresql_bin/postgres" -D "$folder/data" \
        -p "$port" -k "$folder" -c listen_addresses=127.0.0.1 "$@" ) > "$folder/server.log" 2>&1 &
    postgresql_pid=$!
    while kill -0 "$postgresql_pid" 2>/dev/null; do
      if "$postgresql_bin/pg_isready" -q -h 127.0.0.1 -p "$port"; then
        postgresql_url="postgresql://catchment@127.0.0.1:$port/postgres"
        return 0
      fi
      sleep 0.1
    done
    postgresql_pid=
  done
  cat "$folder/server.log" >&2
  return 1
}

stop_postgresql() {
  [ -n "$postgresql_pid" ] || return 0
  # A fast shutdown: connections are cut.
  kill -INT "$postgresql_pid" 2>/dev/null || true
  wait "$postgresql_pid" 2>/dev/null || true
  postgresql_pid=
}
