# Sourced by ./catchment, ./test and .ci/run: where the native parts lie and how Swift is called.
# Everything that is downloaded or made is under .build-deps, which git ignores.

root=${root:?set root to the checkout first}
deps=${CATCHMENT_DEPS:-$root/.build-deps}

# One place for every pinned version.
duckdb_version=1.5.5

say() { printf '%s\n' "$*" >&2; }
die() { say "catchment: $*"; exit 5; }

export PKG_CONFIG_PATH="$deps/lib/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"

# The run path is relative to the binary, so the checkout can be moved. SwiftPM refuses a run
# path that comes from pkg-config, hence the command line.
swift_flags=(
  --package-path "$root"
  --jobs "${CATCHMENT_JOBS:-2}"
  -Xlinker -rpath -Xlinker '$ORIGIN/../../../.build-deps/lib'
)
