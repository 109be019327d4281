#!/usr/bin/env bash
# CPU seconds of a CSV file into DuckDB, Parquet, SQLite and PostgreSQL, beside each one's own command.
#
#   Benchmarks/pipelines.sh PEOPLE.csv DUCKDB-COMMAND [POSTGRESQL-URL POSTMASTER-PID]
#
# Runs take turns, three times. Of PostgreSQL the server's CPU time counts too: that of its backends,
# which are the postmaster's children.
set -euo pipefail
csv=$(readlink -f "$1") duckdb=$2 url=${3:-} postmaster=${4:-}
catchment=$(readlink -f "$(dirname "$0")/../.build/release/catchment")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
TIMEFORMAT='%U %S'
hertz=$(getconf CLK_TCK)

server() { # CPU seconds of all backends that ended
  [ -n "$postmaster" ] || { echo 0; return; }
  awk -v hertz="$hertz" '{ print ($16 + $17) / hertz }' "/proc/$postmaster/stat"
}

measure() { # NAME COMMAND…
  local name=$1 before after spent
  shift
  rm -rf out* home
  sync
  before=$(server)
  spent=$({ time "$@" >/dev/null 2>"$work/said" || { cat "$work/said" >&2; exit 1; }; } 2>&1)
  [ -z "$postmaster" ] || sleep 0.3 # until the backend has ended
  after=$(server)
  awk -v name="$name" -v spent="$spent" -v server="$(echo "$after $before" | awk '{ print $1 - $2 }')" \
    'BEGIN { split(spent, t, " "); printf "%-22s %.2f\n", name, t[1] + t[2] + server }'
}

table='CREATE TABLE people (id bigint, uid text, first_name text, last_name text, email text,
  created_at text, amount double precision, category text, score double precision, notes text)'

for round in 1 2 3; do
  measure "duckdb: table" "$duckdb" out.duckdb -c "CREATE TABLE people AS FROM read_csv('$csv')"
  measure "catchment: table" "$catchment" run "$csv" duckdb:out.duckdb --table people --home home
  measure "duckdb: parquet" "$duckdb" \
    -c "COPY (FROM read_csv('$csv')) TO 'out.parquet' (FORMAT parquet, COMPRESSION zstd)"
  measure "catchment: parquet" "$catchment" run "$csv" out.parquet --home home
  measure "catchment: sqlite" "$catchment" run "$csv" sqlite:out.db --table people --home home
  [ -n "$url" ] || continue
  psql -q "$url" -c 'DROP SCHEMA IF EXISTS bench CASCADE' -c 'CREATE SCHEMA bench' 2>/dev/null
  measure "psql: copy" psql -q "$url" -c 'SET search_path = bench' -c "$table" \
    -c "\\copy people FROM '$csv' (FORMAT csv, HEADER)"
  measure "catchment: postgresql" "$catchment" run "$csv" "$url?schema=bench2" --table people \
    --home home
  psql -q "$url" -c 'DROP SCHEMA bench2 CASCADE' 2>/dev/null
done
