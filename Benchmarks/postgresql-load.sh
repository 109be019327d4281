#!/usr/bin/env bash
# Times the load of PostgreSQL by `catchment import --warehouse` beside psql's \copy of the same rows.
#
#   Benchmarks/postgresql-load.sh TREE [RUNS]
#
# TREE is a folder of transcripts; it is not touched. A server of its own is started with the defaults
# of its version, fsync and all. The tree is imported once; then the two take turns: a publication
# into a new schema, and \copy of the messages that this gave, from a file of text, into an empty table of the same
# columns without an index. Printed are medians, for the messages alone and for the whole
# publication, which has eight more tables, all indexes and the reading back; then the publication of nothing new and of one
# line that was appended to one file (of a copy of the tree), into PostgreSQL and into SQLite.
set -euo pipefail
tree=${1:?usage: postgresql-load.sh TREE [RUNS]}
runs=${2:-5}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
binary="$root/.build/release/catchment"
. "$root/Scripts/postgresql.sh"
scratch=$(TMPDIR=/tmp mktemp -d)
trap 'stop_postgresql; rm -rf "$scratch"' EXIT
chmod 755 "$scratch"
find_postgresql && start_postgresql "$scratch/server" || { echo "PostgreSQL cannot be started" >&2; exit 1; }

sql() { psql "$postgresql_url" -X -q -A -t -c 'SET client_min_messages = warning' -c "$1"; }
publish() { # URL TREE: the report
  "$binary" import --home "$scratch/home" --quiet --json --warehouse "$1" "$2" || [ $? = 3 ]
}
value() { # PATH…: a value of the report that is read
  python3 -c 'import json, sys
value = json.load(sys.stdin)
for name in sys.argv[1:]: value = value[name]
print(value)' "$@"
}
median() { sort -n | awk '{ v[NR] = $1 } END { printf "%.2f", v[int((NR + 1) / 2)] }'; }

cp -r "$tree" "$scratch/tree"
"$binary" import --home "$scratch/home" --quiet "$scratch/tree" || [ $? = 3 ]

for n in $(seq "$runs"); do
  publish "$postgresql_url?schema=load" "$scratch/tree" > "$scratch/report"
  value warehouse seconds < "$scratch/report" >> "$scratch/whole"
  value warehouse table_seconds messages < "$scratch/report" >> "$scratch/messages"
  [ -e "$scratch/messages.txt" ] || psql "$postgresql_url" -X -q -c "\\copy load.messages TO '$scratch/messages.txt'"
  sql 'DROP TABLE IF EXISTS public.messages; CREATE TABLE public.messages (LIKE load.messages)'
  /usr/bin/time -a -o "$scratch/copy" -f %e \
    psql "$postgresql_url" -X -q -c "\\copy public.messages FROM '$scratch/messages.txt'"
  sql 'DROP SCHEMA load CASCADE; CHECKPOINT'
  rm -f "$scratch/load.db"*
  publish "sqlite:$scratch/load.db" "$scratch/tree" | value warehouse seconds >> "$scratch/sqlite"
done

printf 'medians of %d runs: %d messages, %s of text\n' "$runs" \
  "$(sql 'SELECT count(*) FROM public.messages')" "$(du -h --apparent-size "$scratch/messages.txt" | cut -f 1)"
printf '%-44s %6s s\n' 'psql \copy, messages' "$(median < "$scratch/copy")" \
  'catchment, messages' "$(median < "$scratch/messages")" \
  'catchment, all tables, indexes, reading back' "$(median < "$scratch/whole")" \
  'catchment, all of that into SQLite' "$(median < "$scratch/sqlite")"

publish "$postgresql_url?schema=load" "$scratch/tree" > "$scratch/report"
grown=$(find "$scratch/tree" -name '*.jsonl' | sort | sed -n 10p)
for n in $(seq "$runs"); do
  for url in "$postgresql_url?schema=load" "sqlite:$scratch/load.db"; do
    publish "$url" "$scratch/tree" | value warehouse seconds >> "$scratch/nothing.${url%%:*}"
  done
  tail -n 1 "$grown" | sed -E "s/\"uuid\":\"[^\"]*\"/\"uuid\":\"00000000-0000-4000-8000-00000000000$n\"/" >> "$grown"
  for url in "$postgresql_url?schema=load" "sqlite:$scratch/load.db"; do
    publish "$url" "$scratch/tree" > "$scratch/report"
    [ "$(value warehouse kind < "$scratch/report")" = changes ]
    value warehouse seconds < "$scratch/report" >> "$scratch/line.${url%%:*}"
  done
done
for kind in postgresql sqlite; do
  printf '%-44s %6s s\n' "$kind, nothing new" "$(median < "$scratch/nothing.$kind")" \
    "$kind, one line appended" "$(median < "$scratch/line.$kind")"
done
