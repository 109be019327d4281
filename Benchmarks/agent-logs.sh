#!/usr/bin/env bash
# Times imports of a tree of agent logs beside a reference, run by run, on this machine.
#
#   Benchmarks/agent-logs.sh TREE 'REFERENCE COMMAND' [RUNS]
#
# TREE is a folder of Claude Code transcripts; it is not touched. The reference is any command that
# does its own work on the same tree, such as a DuckDB shell with a script. The two take turns, so
# that what else the machine does falls on both. Printed are medians, their ratio, the CPU seconds of
# the median run and the highest peak of memory; then the import once more with nothing changed, with
# one line appended to one file (of a copy of the tree), and a rebuild from the raw store.
set -euo pipefail
tree=${1:?usage: agent-logs.sh TREE 'REFERENCE COMMAND' [RUNS]}
reference=${2:?usage: agent-logs.sh TREE 'REFERENCE COMMAND' [RUNS]}
runs=${3:-5}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
binary="$root/.build/release/catchment"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

timed() { # NAME COMMAND…: a line of figures goes to $scratch/NAME; exit code 3 says dead letters
  local name=$1
  shift
  /usr/bin/time -a -o "$scratch/$name" -f '%e %U %S %M' "$@" > /dev/null 2>&1 || [ $? = 3 ]
}
import() { # NAME TREE HOME
  timed "$1" "$binary" import --home "$scratch/$3" --quiet "$2"
}
# The median run's seconds, its CPU seconds, and the highest peak of all runs in MiB.
figures() { # NAME
  grep -E '^[0-9.]+ [0-9.]+ [0-9.]+ [0-9]+$' "$scratch/$1" | sort -n | awk '
    { s[NR] = $1; c[NR] = $2 + $3; if ($4 > m) m = $4 }
    END { k = int((NR + 1) / 2); printf "%.2f %.2f %d", s[k], c[k], m / 1024 }'
}
show() { # LABEL NAME
  figures "$2" | awk -v l="$1" '{ printf "%-22s %6.2f s  %6.2f s CPU  %5d MiB", l, $1, $2, $3 }'
}

for _ in $(seq "$runs"); do
  timed reference bash -c "$reference"
  rm -rf "$scratch/home"
  import full "$tree" home
  import again "$tree" home
done
timed rebuild "$binary" rebuild --home "$scratch/home" --quiet

cp -r "$tree" "$scratch/tree"
import first "$scratch/tree" grown
grown=$(find "$scratch/tree" -name '*.jsonl' | sort | sed -n 10p)
for n in $(seq "$runs"); do
  tail -n 1 "$grown" | sed -E "s/\"uuid\":\"[^\"]*\"/\"uuid\":\"00000000-0000-4000-8000-00000000000$n\"/" >> "$grown"
  import line "$scratch/tree" grown
done

printf 'medians of %d runs, %s bytes\n' "$runs" "$(find "$tree" -name '*.jsonl' -printf '%s\n' | awk '{ s += $1 } END { print s }')"
show reference reference; echo
show 'full import' full
paste -d' ' <(figures reference) <(echo) <(figures full) | awk '{ printf "  %.2f times as fast\n", $1 / $4 }'
show 'nothing changed' again; echo
show 'one line appended' line; echo
show rebuild rebuild; echo
