#!/usr/bin/env bash
# How fast each platform's files are imported, beside how fast simdjson alone parses them.
#
#   Benchmarks/platforms.sh [MEGABYTES]      200 unless said otherwise
#
# Prints a row of a table for each platform: MB/s, CPU seconds, peak memory, simdjson's MB/s.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd -P)
size=${1:-200}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
c++ -O3 -std=c++17 "$root/Benchmarks/simdjson-speed.cpp" -lsimdjson -o "$work/simdjson-speed"
for platform in claude_code codex opencode copilot chatgpt continue roo_code cline kilo_code azure_openai cursor \
  gemini_cli claude_ai aider; do
  python3 "$root/Benchmarks/platform-trees.py" "$platform" "$size" "$work/tree"
  parse=– # Markdown is no JSON
  [ "$platform" = aider ] || parse=$(find "$work/tree" -type f | "$work/simdjson-speed")
  /usr/bin/time -f '%e %U %S %M' -o "$work/time" \
    "$root/.build/release/catchment" import --home "$work/home" --json "$work/tree" > "$work/report" 2> "$work/errors" \
    || cat "$work/errors" >&2
  bytes=$(find "$work/tree" -type f -printf '%s\n' | awk '{ s += $1 } END { print s / 1e6 }')
  awk -v p="$platform" -v b="$bytes" -v s="$parse" \
    '{ printf "| %s | %.0f | %.1f | %.0f MiB | %s |\n", p, b / $1, $2 + $3, $4 / 1024, s }' "$work/time"
  rm -rf "$work/tree" "$work/home"
done
