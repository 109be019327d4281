#!/usr/bin/env bash
# Finds or fetches what Catchment needs that Swift cannot: says what it does, does it once.
#
#   Scripts/setup.sh        system libraries (simdjson, zstd, SQLite) and libduckdb
#
# What the system already has is used as it is. Missing Debian packages are installed when this
# runs as root, and named exactly when it does not. libduckdb is taken from the system when it is
# installed, else out of the pinned Python wheel, checked by SHA-256.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/Scripts/environment.sh"

# --- What every later step stands on

command -v swift >/dev/null 2>&1 || die "swift is not on the PATH. Install Swift 6.3 or newer, then run this again."

# header to look for : Debian package that brings it
needs=(
  simdjson.h:libsimdjson-dev
  zstd.h:libzstd-dev
  sqlite3.h:libsqlite3-dev
)

has_header() { printf '#include <%s>\n' "$1" | clang++ -x c++ -std=c++17 -fsyntax-only - >/dev/null 2>&1; }

missing=()
for need in "${needs[@]}"; do
  has_header "${need%%:*}" || missing+=("${need##*:}")
done
command -v pkg-config >/dev/null 2>&1 || missing+=(pkg-config)

if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    say "Installing ${missing[*]} …"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >&2
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
  else
    die "these packages are missing: ${missing[*]}
  try: sudo apt-get install ${missing[*]}"
  fi
fi

# --- libduckdb

write_pkgconfig() { # DIRECTORY
  mkdir -p "$deps/lib/pkgconfig"
  printf 'Name: duckdb\nDescription: DuckDB engine\nVersion: %s\nLibs: -L%s -lduckdb\n' \
    "$duckdb_version" "$1" > "$deps/lib/pkgconfig/duckdb.pc"
}

duckdb_checksum() { # the wheel for this machine: SHA-256, or nothing when we have not pinned one
  case "$(uname -s)-$(uname -m)-$1" in
    Linux-x86_64-cp311) echo b9b6f86ed85d4ef5e0211eaebf75d057bd8bb520bba438a95dd0f4e42234bbfe ;;
  esac
}

fetch_duckdb() {
  command -v python3 >/dev/null 2>&1 || die "python3 with pip is needed to fetch libduckdb $duckdb_version.
  try: sudo apt-get install python3-pip, or install libduckdb $duckdb_version system-wide"
  local tag=cp311 scratch wheel expected actual
  expected=$(duckdb_checksum "$tag")
  [ -n "$expected" ] || die "no pinned libduckdb for $(uname -s) $(uname -m).
  try: install libduckdb $duckdb_version so that the linker finds it, then run this again"
  scratch=$(mktemp -d "$deps/fetch.XXXXXX")
  trap 'rm -rf "$scratch"' RETURN
  say "Fetching libduckdb $duckdb_version (21 MB) …"
  python3 -m pip download --quiet --no-deps --only-binary=:all: --implementation cp \
    --python-version 3.11 --abi "$tag" --platform "manylinux_2_28_$(uname -m)" \
    --dest "$scratch" "duckdb==$duckdb_version" >&2
  wheel=$(ls "$scratch"/duckdb-*.whl)
  actual=$(sha256sum "$wheel" | cut -d' ' -f1)
  [ "$actual" = "$expected" ] || die "the fetched libduckdb has SHA-256 $actual, not $expected: refused"
  python3 -m zipfile -e "$wheel" "$scratch/wheel"
  mkdir -p "$deps/lib"
  cp "$scratch"/wheel/_duckdb.*.so "$deps/lib/libduckdb.so.part"

  # The wheel's library also holds Python bindings that Catchment never calls. A library of empty
  # symbols satisfies the loader, so Python is not needed to run.
  nm -D --undefined-only "$deps/lib/libduckdb.so.part" \
    | awk '$2 ~ /^_?Py/ { print "void *" $2 "[4];" }' > "$scratch/python_stubs.c"
  clang -shared -fPIC -Wl,-soname,libduckdb_stubs.so -o "$deps/lib/libduckdb_stubs.so" "$scratch/python_stubs.c"
  mv "$deps/lib/libduckdb.so.part" "$deps/lib/libduckdb.so"
  write_pkgconfig "$deps/lib"
  sed -i 's/-lduckdb$/-lduckdb -lduckdb_stubs/' "$deps/lib/pkgconfig/duckdb.pc"
}

mkdir -p "$deps"
if [ "$(cat "$deps/duckdb.version" 2>/dev/null)" != "$duckdb_version" ]; then
  if printf 'int main(void){return 0;}' | clang -x c - -lduckdb -o "$deps/probe" 2>/dev/null; then
    say "Using the libduckdb that is installed on this system."
    write_pkgconfig /usr/lib
  else
    fetch_duckdb
  fi
  rm -f "$deps/probe"
  echo "$duckdb_version" > "$deps/duckdb.version"
fi
