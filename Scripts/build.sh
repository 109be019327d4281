#!/usr/bin/env bash
# Builds the release binary, unless nothing changed since it was built.
#
#   Scripts/build.sh        sets up, then builds .build/release/catchment
#
# Progress goes to standard error; what the compiler says goes to .build/catchment-build.log.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
. "$root/Scripts/environment.sh"
. "$root/Scripts/freshness.sh"

log=$root/.build/catchment-build.log
watcher=

# Shows the step the compiler is at, when someone is watching.
watch_log() {
  [ -t 2 ] || return 0
  while sleep 1; do
    printf '\r\033[K  %s' "$(tail -n 1 "$log" 2>/dev/null | cut -c 1-76)" >&2
  done
}

stop_watching() {
  [ -n "$watcher" ] || return 0
  kill "$watcher" 2>/dev/null || true
  wait "$watcher" 2>/dev/null || true
  watcher=
  [ ! -t 2 ] || printf '\r\033[K' >&2
}

build() {
  ! is_fresh || return 0
  "$root/Scripts/setup.sh"
  if [ -e "$binary" ]; then
    say "Building Catchment again, because its sources changed …"
  else
    say "Building Catchment for the first time: this takes some minutes …"
  fi
  # Dated before the build: a file that changes while it runs makes the next one build again.
  touch "$stamp.part"
  local status=0
  watch_log &
  watcher=$!
  trap stop_watching EXIT
  swift build "${swift_flags[@]}" -c release -Xswiftc -enforce-exclusivity=unchecked \
    --static-swift-stdlib --product catchment > "$log" 2>&1 < /dev/null || status=$?
  stop_watching
  if [ "$status" != 0 ]; then
    grep -E 'error:' "$log" | sort -u | head -n 10 >&2 || true
    say "catchment: the build failed. All that the compiler said is in $log"
    exit 1
  fi
  mv "$stamp.part" "$stamp"
  say "Built in $SECONDS s."
}

mkdir -p "$root/.build"
locked "$root/.build/catchment-build.lock" "building Catchment" build
