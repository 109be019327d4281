# Sourced by ./catchment, ./test and the other scripts: where the native parts lie and how Swift is
# called. Everything that is downloaded or made is under .build-deps, which git ignores.

root=${root:?set root to the checkout first}
deps=$root/.build-deps

# One place for every pinned version.
duckdb_version=1.5.5

say() { printf '%s\n' "$*" >&2; }
die() { say "catchment: $*"; exit 5; }

# Holds a lock for as long as the command runs; says so when another process has it.
locked() { # FILE WHAT COMMAND…
  local file=$1 what=$2
  shift 2
  command -v flock >/dev/null 2>&1 || { "$@"; return; }
  (
    flock --nonblock 9 || { say "Another process is $what; waiting for it …"; flock 9; }
    "$@" 9>&-
  ) 9>"$file"
}

export PKG_CONFIG_PATH="$deps/lib/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"

# The run path is relative to the binary, so the checkout can be moved. SwiftPM refuses a run
# path that comes from pkg-config, hence the command line.
swift_flags=(
  --package-path "$root"
  --jobs "${CATCHMENT_JOBS:-2}"
  -Xlinker -rpath -Xlinker '$ORIGIN/../../../.build-deps/lib'
)
