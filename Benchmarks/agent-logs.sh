#!/usr/bin/env bash
# Times an import of a tree of agent logs beside a reference, run by run, on this machine.
#
#   Benchmarks/agent-logs.sh TREE 'REFERENCE COMMAND' [RUNS]
#
# TREE is a folder of Claude Code transcripts. The reference is any command that does its own work on
# the same tree, such as a DuckDB shell with a script. The two take turns, so that what else the
# machine does falls on both; medians and their ratio are printed, with peak memory.
set -euo pipefail
tree=${1:?usage: agent-logs.sh TREE 'REFERENCE COMMAND' [RUNS]}
reference=${2:?usage: agent-logs.sh TREE 'REFERENCE COMMAND' [RUNS]}
runs=${3:-3}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
binary="$root/.build/release/catchment"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

timed() { # NAME COMMAND…: seconds and kilobytes go to $scratch/NAME
  local name=$1
  shift
  /usr/bin/time -a -o "$scratch/$name" -f '%e %M' "$@" > /dev/null 2>&1 || [ $? = 3 ]
}
median() { grep -E '^[0-9.]+ [0-9]+$' "$scratch/$1" | sort -n | awk '{ v[NR] = $1; if ($2 > m) m = $2 } END { print v[int((NR + 1) / 2)], int(m / 1024) }'; }

for _ in $(seq "$runs"); do
  timed reference bash -c "$reference"
  rm -rf "$scratch/home"
  timed import "$binary" import --home "$scratch/home" --quiet "$tree"
  timed again "$binary" import --home "$scratch/home" --quiet "$tree"
done
read -r ref_s ref_m <<< "$(median reference)"
read -r our_s our_m <<< "$(median import)"
read -r again_s again_m <<< "$(median again)"
awk -v r="$ref_s" -v rm="$ref_m" -v o="$our_s" -v om="$our_m" -v a="$again_s" -v am="$again_m" -v n="$runs" 'BEGIN {
  printf "medians of %d runs\n", n
  printf "reference   %.2f s  %d MiB\n", r, rm
  printf "import      %.2f s  %d MiB  (%.2f times as fast)\n", o, om, r / o
  printf "once more   %.2f s  %d MiB\n", a, am }'
