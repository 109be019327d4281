#!/usr/bin/env bash
# Finds or fetches what Catchment needs that Swift cannot: says what it does, does it once.
#
#   Scripts/setup.sh        system libraries (simdjson, zstd, zlib, libarchive, expat, SQLite, libpq) and libduckdb
#
# What the system already has is used as it is. Missing Debian packages are installed when this
# runs as root, and named exactly when it does not. libduckdb is taken from the system when it is
# installed, else out of the pinned Python wheel, checked by SHA-256. With everything in place it needs
# no network.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
. "$root/Scripts/environment.sh"

# --- What every later step stands on

command -v swift >/dev/null 2>&1 || die "swift is not on the PATH. Install Swift 6.3 or newer, then run this again."

# Swift brings clang, which is not always on the PATH beside it.
toolchain=$(dirname "$(readlink -f "$(command -v swift)")")
compiler=$(command -v clang || command -v "$toolchain/clang") \
  || die "clang is not on the PATH, and not beside swift in $toolchain.
  try: add the directory of your Swift toolchain's programs to the PATH"

# header or program to look for : Debian package that brings it
headers=(
  simdjson.h:libsimdjson-dev
  zstd.h:libzstd-dev
  zlib.h:zlib1g-dev
  archive.h:libarchive-dev
  expat.h:libexpat1-dev
  sqlite3.h:libsqlite3-dev
)
# library that pkg-config knows, for its header is in a place of its own : Debian package
libraries=(
  libpq:libpq-dev
)
programs=(
  git:git
  nm:binutils
  pkg-config:pkg-config
)

has_header() {
  printf '#if !__has_include(<%s>)\n#error\n#endif\n' "$1" \
    | "$compiler" -x c++ -E - >/dev/null 2>&1
}

find_missing() { # sets `missing`
  missing=()
  local need
  for need in "${headers[@]}"; do
    has_header "${need%%:*}" || missing+=("${need##*:}")
  done
  for need in "${libraries[@]}"; do
    pkg-config --exists "${need%%:*}" 2>/dev/null || missing+=("${need##*:}")
  done
  for need in "${programs[@]}"; do
    command -v "${need%%:*}" >/dev/null 2>&1 || missing+=("${need##*:}")
  done
}

install_missing() {
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    die "these packages are missing: ${missing[*]}
  try: sudo apt-get install ${missing[*]}"
  fi
  say "Installing ${missing[*]} …"
  local install=(env DEBIAN_FRONTEND=noninteractive
    apt-get install -y -qq --no-install-recommends "${missing[@]}")
  # The package lists may be old or absent: fetch them only when the first try fails.
  "${install[@]}" >/dev/null 2>&1 || { apt-get update -qq >&2 && "${install[@]}" >&2; } \
    || die "apt-get could not install ${missing[*]}; what it said is above"
  find_missing
  [ ${#missing[@]} -eq 0 ] || die "still missing after installing: ${missing[*]}"
}

# --- libduckdb

write_pkgconfig() { # LIBRARIES
  mkdir -p "$deps/lib/pkgconfig"
  printf 'Name: duckdb\nDescription: DuckDB engine\nVersion: %s\nLibs: %s\n' \
    "$duckdb_version" "$1" > "$deps/lib/pkgconfig/duckdb.pc"
}

duckdb_checksum() { # the wheel for this machine: SHA-256, or nothing when we have not pinned one
  case "$(uname -s)-$(uname -m)-$1" in
    Linux-x86_64-cp311) echo eb32b389d99d14cbbec4c110f58237c77eacefc65ef6f737619f413c97a91a77 ;;
  esac
}

# A system library of another version would read the warehouse differently, so it is not used.
has_system_duckdb() {
  printf '%s\n' '#include <stdio.h>' 'extern const char *duckdb_library_version(void);' \
    'int main(void) { puts(duckdb_library_version()); return 0; }' \
    | "$compiler" -x c - -lduckdb -o "$scratch/probe" 2>/dev/null \
    && [ "$("$scratch/probe" 2>/dev/null)" = "v$duckdb_version" ]
}

fetch_duckdb() {
  local tag=cp311 wheel expected actual
  expected=$(duckdb_checksum "$tag")
  [ -n "$expected" ] || die "no pinned libduckdb for $(uname -s) $(uname -m).
  try: install libduckdb $duckdb_version so that the linker finds it, then run this again"
  python3 -m pip --version >/dev/null 2>&1 \
    || die "python3 with pip is needed to fetch libduckdb $duckdb_version.
  try: sudo apt-get install python3-pip, or install libduckdb $duckdb_version system-wide"
  say "Fetching libduckdb $duckdb_version (24 MB) …"
  python3 -m pip download --quiet --disable-pip-version-check --no-input --no-deps \
    --only-binary=:all: --implementation cp --python-version 3.11 --abi "$tag" \
    --platform "manylinux_2_28_$(uname -m)" --dest "$scratch" "duckdb==$duckdb_version" >&2 \
    || die "libduckdb $duckdb_version could not be fetched; what pip said is above.
  try: run this again when the network is there"
  wheel=$(echo "$scratch"/duckdb-*.whl)
  actual=$(sha256sum "$wheel" | cut -d' ' -f1)
  [ "$actual" = "$expected" ] || die "the fetched libduckdb has SHA-256 $actual, not $expected: refused"
  python3 -m zipfile -e "$wheel" "$scratch/wheel"
  mkdir -p "$deps/lib"

  # The wheel's library also holds Python bindings that Catchment never calls. A library of empty
  # symbols satisfies the loader, so Python is not needed to run.
  nm -D --undefined-only "$scratch"/wheel/_duckdb.*.so \
    | awk '$2 ~ /^_?Py/ { print "void *" $2 "[4];" }' > "$scratch/python_stubs.c"
  "$compiler" -shared -fPIC -Wl,-soname,libduckdb_stubs.so \
    -o "$deps/lib/libduckdb_stubs.so" "$scratch/python_stubs.c"
  mv "$scratch"/wheel/_duckdb.*.so "$deps/lib/libduckdb.so"
  # Relative to the file itself, so the checkout can be moved.
  write_pkgconfig '-L${pcfiledir}/.. -lduckdb -lduckdb_stubs'
}

prepare_duckdb() {
  [ "$(cat "$deps/duckdb.version" 2>/dev/null)" != "$duckdb_version" ] || return 0
  scratch=$(mktemp -d "$deps/fetch.XXXXXX")
  trap 'rm -rf "$scratch"' EXIT
  if has_system_duckdb; then
    say "Using the libduckdb $duckdb_version that is installed on this system."
    write_pkgconfig -lduckdb
  else
    fetch_duckdb
  fi
  echo "$duckdb_version" > "$deps/duckdb.version"
}

set_up() {
  find_missing
  [ ${#missing[@]} -eq 0 ] || install_missing
  prepare_duckdb
}

mkdir -p "$deps"
locked "$deps/lock" "setting up" set_up
