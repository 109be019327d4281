#!/bin/bash
# How near to the best point of a grid the auto-tuner's choice comes, over many small files.
#
#   Benchmarks/auto-tuner.sh [FILES [ROWS [DESTINATION [TARGET]]]]
#
# Every point of the grid (threads, files a transaction) is run ROUNDS times (three) in turns, and the
# tuner from nothing until it has settled. Then its choice and the three best of the grid are run seven
# times more in turns. The last lines are the ratio of its choice to the best of those: the shortest time
# of each, as the tuner itself compares, or the latency, and beside it the CPU seconds.
set -euo pipefail
catchment=${CATCHMENT_BINARY:-$(dirname "$0")/../.build/release/catchment}
catchment=$(realpath "$catchment")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
destination=${3:-duckdb:out.duckdb}
target=${4:-throughput}
mkdir data
awk -v files="${1:-200}" -v rows="${2:-200}" 'BEGIN {
  for (f = 0; f < files; f++) {
    name = sprintf("data/%05d.csv", f); print "id,name,amount" > name
    for (r = 0; r < rows; r++) print f * rows + r ",name " r "," r / 2 > name
    close(name) } }'

# run HOME ARGUMENT…: one line "cost cpu threads batch settled" of a run from nothing
run() {
  local home=$1; shift
  rm -rf "${destination#*:}"* "$home/raw" # a tuner's home keeps what it has learnt alone
  { TIMEFORMAT='%U %S'; time "$catchment" run csv:data "$destination" --table t --mode append \
      --home "$home" --json "$@" > report.json 2> notes; } 2> times
  awk -v key="$([ "$target" = latency ] && echo latency_seconds || echo seconds)" '
    function number(name) {
      if (!match($0, "\"" name "\":[0-9.e-]+")) return "-"
      return substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3) }
    NR == FNR { cpu = $1 + $2; next }
    { print number(key), cpu, number("threads"), number("batch"), ($0 ~ /"settled":true/) }' \
    times report.json
}
least() { sort -g | head -1; }

cores=$(nproc)
for round in $(seq 1 "${ROUNDS:-3}"); do
  for threads in 1 "$cores"; do
    for batch in 1 4 16 64 256; do
      run "home-$round-$threads-$batch" --threads "$threads" --batch "$batch" \
        >> "grid-$threads-$batch"
    done
  done
done
echo "grid: threads, files a transaction, seconds, CPU seconds (the least of each)"
for point in grid-*-*; do
  IFS=- read -r _ threads batch <<< "$point"
  echo "$(cut -d' ' -f1 "$point" | least) $(cut -d' ' -f2 "$point" | least) $threads $batch"
done | sort -g > ranking
awk '{ printf "%8d %6d %9.3f %8.2f\n", $3, $4, $1, $2 }' ranking

echo "tuner:"
for number in $(seq 1 60); do
  line=$(run tuner-home --threads "$cores" --tune "$target")
  sed -E 's/.*"explanation":"([^"]*)".*/  \1/' report.json
  read -r _ _ threads batch settled <<< "$line"
  [ "$settled" = 1 ] && break
done
[ "$settled" = 1 ] || { echo "the tuner did not settle in $number runs"; exit 1; }
echo "settled after $((number - 1)) runs on $threads threads, $batch files a transaction"

points=$(head -3 ranking | awk '{ print $3 "-" $4 }')
for round in 1 2 3 4 5 6 7; do
  for point in $points "$threads-$batch"; do
    [ -f "last-$round-$point" ] && continue
    run "home-$round-$point" --threads "${point%-*}" --batch "${point#*-}" > "last-$round-$point"
  done
done
for column in 1 2; do
  chosen=$(cat last-*-"$threads-$batch" | cut -d' ' -f$column | least)
  best=$(cat last-* | cut -d' ' -f$column | least)
  [ $column = 1 ] && what="seconds" || what="CPU seconds"
  awk -v a="$chosen" -v b="$best" -v w="$what" \
    'BEGIN { printf "chosen %.3f, best of the grid %.3f %s: %.3f\n", a, b, w, a / b }'
done
