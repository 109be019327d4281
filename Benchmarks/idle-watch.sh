#!/usr/bin/env bash
# Watches 5,000 made-up transcripts in 500 folders and measures a minute in which nothing changes, then
# one line that is appended.
#
#   Benchmarks/idle-watch.sh [SECONDS]
#
# Printed is the processor time that the watch took, from /proc, and its memory.
set -euo pipefail
seconds=${1:-60}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
scratch=$(mktemp -d)
trap 'kill "$pid" 2>/dev/null || true; rm -rf "$scratch"' EXIT

line() { # SESSION
  printf '{"type":"user","uuid":"%s","sessionId":"%s","timestamp":"2026-03-01T10:00:00Z",' \
    "$(cat /proc/sys/kernel/random/uuid)" "$1"
  printf '"message":{"role":"user","content":"hello"}}\n'
}
ticks() { awk '{ print $14 + $15 }' "/proc/$pid/stat"; }
report() { # LABEL TICKS
  awk -v l="$1" -v t="$2" -v s="$seconds" -v h="$(getconf CLK_TCK)" \
    'BEGIN { printf "%-24s %.2f s of processor time (%.3f %% of %d s)\n", l, t / h, t / h / s * 100, s }'
}

for folder in $(seq 500); do
  mkdir -p "$scratch/tree/$folder"
  for file in $(seq 10); do line "$folder-$file" > "$scratch/tree/$folder/$file.jsonl"; done
done
"$root/.build/release/catchment" watch --json --home "$scratch/home" "$scratch/tree" \
  > "$scratch/out" 2> "$scratch/err" &
pid=$!
until [ -s "$scratch/out" ]; do sleep 0.2; done
cat "$scratch/err"
sleep 3

before=$(ticks)
sleep "$seconds"
report "nothing changes" $(($(ticks) - before))
before=$(ticks)
line 1-1 >> "$scratch/tree/1/1.jsonl"
until [ "$(wc -l < "$scratch/out")" = 2 ]; do sleep 0.1; done
sleep 1
report "one line is appended" $(($(ticks) - before))
grep VmRSS "/proc/$pid/status"
kill -TERM "$pid"
