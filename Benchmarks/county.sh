#!/usr/bin/env bash
# Times the load of a county's accounts from their archive, typed and checked by a layout, beside unzip
# piped into psql's \copy of a table of untyped text, and beside other ways when their programs are named.
#
#   Benchmarks/county.sh DATA [RUNS]
#   DUCKDB=duckdb PYTHON=python3 Benchmarks/county.sh DATA [RUNS]
#
# DUCKDB: the engine's own command, which unpacks the archive to a file first, and cuts the lines of fixed
# width by SQL. PYTHON: one with psycopg2, for county-python.py, once, in both of its ways, a fifth of the rows.
#
# DATA holds real_acct.txt (tab-delimited, 71 columns, Latin-1), real_acct.zip with that file alone, and
# real_acct_fixed.txt with the same in columns of fixed width, whose names and widths real_acct.txt.truth.json
# has as "fixed_layout". All take turns on one machine; printed are medians of seconds, processor
# seconds of the program (not of the server) and the most memory.
set -euo pipefail
data=$(cd "${1:?usage: county.sh DATA [RUNS]}" && pwd)
runs=${2:-3}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
binary="$root/.build/release/catchment"
layout="$root/Examples/hcad/layouts/real_acct.yaml"
. "$root/Scripts/postgresql.sh"
scratch=$(TMPDIR=${TMPDIR:-/tmp} mktemp -d)
trap 'stop_postgresql; rm -rf "$scratch"' EXIT
chmod 755 "$scratch"
find_postgresql && start_postgresql "$scratch/server" || { echo "PostgreSQL cannot be started" >&2; exit 1; }

sql() { psql "$postgresql_url" -X -q -A -t -c 'SET client_min_messages = warning' -c "$1"; }

# The same rules for every account, in the encoding of the data.
sed -e 's/^encoding: .*/encoding: latin-1/' "$layout" > "$scratch/accounts.yaml"
python3 - "$data" "$scratch" <<'PYTHON'
import json, sys
data, scratch = sys.argv[1:]
widths = json.load(open(data + "/real_acct.txt.truth.json"))["fixed_layout"]
typed = dict(line.strip().split(": ", 1) for line in open(scratch + "/accounts.yaml").read().split("columns:\n")[1].splitlines())
lines, at = [], 1
for name, width in widths:
    rules = typed[name].strip("{ }") if typed[name].startswith("{") else 'type: "%s"' % typed[name]
    lines.append('  %s: { at: "%d-%d", %s }' % (name, at, at + width - 1, rules))
    at += width
head = "encoding: latin-1\ndates: MM/DD/YYYY\nnull_dates: 12/30/1899\nkey: acct\ncolumns:\n"
open(scratch + "/widths.yaml", "w").write(head + "\n".join(lines) + "\n")
columns = ", ".join('"%s" text' % name.lower() for name, _ in widths)
open(scratch + "/text.sql", "w").write("DROP TABLE IF EXISTS accounts_text; CREATE TABLE accounts_text (%s)" % columns)
PYTHON

# What the engine's own command is given: whole numbers where the layout has them.
python3 - "$data" "$scratch" <<'PYTHON'
import json, sys
data, scratch = sys.argv[1:]
widths = json.load(open(data + "/real_acct.txt.truth.json"))["fixed_layout"]
typed = dict(line.strip().split(": ", 1) for line in open(scratch + "/accounts.yaml").read().split("columns:\n")[1].splitlines())
whole = {name for name, rules in typed.items() if "integer" in rules}
head = "SET preserve_insertion_order = false; CREATE TABLE accounts AS "
types = ", ".join("'%s': '%s'" % (name, "BIGINT" if name in whole else "VARCHAR") for name, _ in widths)
open(scratch + "/delimited.sql", "w").write(
    head + "FROM read_csv('%s/unpacked/real_acct.txt', header = true, delim = '\t', quote = '', escape = '', "
    "encoding = 'latin-1', auto_detect = false, columns = {%s})" % (scratch, types))
columns, at = [], 1
for name, width in widths:
    text = "nullif(trim(line[%d:%d]), '')" % (at, at + width - 1)
    columns.append('%s AS "%s"' % (text + "::BIGINT" if name in whole else text, name))
    at += width
open(scratch + "/fixed.sql", "w").write(
    head + "SELECT %s FROM read_csv('%s/real_acct_fixed.txt', header = false, auto_detect = false, delim = '\x01', "
    "quote = '', escape = '', encoding = 'latin-1', columns = {line: 'VARCHAR'})" % (", ".join(columns), data))
PYTHON

pipeline() { # NAME SOURCE LOAD
  printf 'version: 1\nname: %s\nextract: { %s }\nload: { %s }\n' "$1" "$2" "$3" > "$scratch/$1.yaml"
}
delimited="delimited: { path: $data/real_acct.zip, layout: accounts.yaml }"
pipeline duckdb "$delimited" "duckdb: { path: out.duckdb, table: accounts, mode: append }"
pipeline merge "$delimited" "duckdb: { path: out.duckdb, table: accounts, mode: merge, key: acct }"
pipeline postgresql "$delimited" "postgresql: { url: \"$postgresql_url\", table: accounts, mode: append }"
pipeline fixed "fixed_width: { path: $data/real_acct_fixed.txt, layout: widths.yaml }" \
  "duckdb: { path: out.duckdb, table: accounts, mode: append }"

timed() { # NAME COMMAND…
  local name=$1
  shift
  /usr/bin/time -a -o "$scratch/$name.times" -f '%e %U %S %M' "$@"
}
run() { # NAME PIPELINE
  rm -rf "$scratch/home" "$scratch"/out.duckdb*
  timed "$1" "$binary" run "$scratch/$2.yaml" --home "$scratch/home" --memory "${MEMORY:-256MiB}" --quiet
}

for n in $(seq "$runs"); do
  sql "$(cat "$scratch/text.sql")"
  timed psql bash -c "unzip -p '$data/real_acct.zip' | PGCLIENTENCODING=latin1 psql '$postgresql_url' -X -q -c \
    \"\\\\copy accounts_text FROM STDIN (FORMAT csv, DELIMITER E'\\t', QUOTE E'\\b', HEADER)\""
  sql 'DROP SCHEMA public CASCADE; CREATE SCHEMA public'
  sql CHECKPOINT
  run postgresql postgresql
  sql 'CHECKPOINT'
  run duckdb duckdb
  run merge merge
  run fixed fixed
  [ -n "${DUCKDB:-}" ] || continue
  rm -rf "$scratch"/out.duckdb* "$scratch/unpacked"
  timed engine bash -c "unzip -q '$data/real_acct.zip' -d '$scratch/unpacked' && '$DUCKDB' '$scratch/out.duckdb' < '$scratch/delimited.sql'"
  rm -rf "$scratch"/out.duckdb* "$scratch/unpacked"
  timed engine_fixed bash -c "'$DUCKDB' '$scratch/out.duckdb' < '$scratch/fixed.sql'"
  rm -f "$scratch"/out.duckdb*
done

median() { sort -n | awk '{ v[NR] = $0 } END { print v[int((NR + 1) / 2)] }'; }
bytes() { stat -c %s "$data/$1"; }
line() { # WHAT NAME BYTES
  median < "$scratch/$2.times" | awk -v what="$1" -v bytes="$3" \
    '{ printf "%-46s %6.2f s  %6.2f s CPU  %5.0f MiB  %4.0f MB/s\n", what, $1, $2 + $3, $4 / 1024, bytes / $1 / 1e6 }'
}
printf 'medians of %d runs, %d accounts\n' "$runs" "$(sql 'SELECT count(*) FROM accounts')"
line 'unzip | psql \copy, untyped text' psql "$(bytes real_acct.txt)"
line 'catchment, archive → PostgreSQL, typed' postgresql "$(bytes real_acct.txt)"
line 'catchment, archive → DuckDB, typed' duckdb "$(bytes real_acct.txt)"
line 'catchment, archive → DuckDB, merged by key' merge "$(bytes real_acct.txt)"
line 'catchment, fixed width → DuckDB, typed' fixed "$(bytes real_acct_fixed.txt)"
if [ -n "${DUCKDB:-}" ]; then
  line 'unzip, duckdb of the file, whole numbers typed' engine "$(bytes real_acct.txt)"
  line 'duckdb, fixed width by SQL, whole numbers typed' engine_fixed "$(bytes real_acct_fixed.txt)"
fi
if [ -n "${PYTHON:-}" ]; then
  for way in '' --stream; do
    printf 'plain Python%-34s ' " $way"
    "$PYTHON" "$root/Benchmarks/county-python.py" "$data/real_acct.zip" "$postgresql_url" --rows 300000 $way
  done
fi
