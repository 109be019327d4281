# Sourced by ./catchment and Scripts/build.sh: is the binary newer than all that it is made of?

binary=$root/.build/release/catchment
stamp=$root/.build/catchment-build.stamp

# Directories count too, so that a file that was removed or renamed is noticed.
is_fresh() {
  [ -x "$binary" ] && [ -e "$stamp" ] && [ -e "$root/.build-deps/duckdb.version" ] \
    && [ -z "$(find "$root/Sources" "$root/Package.swift" "$root/Scripts" \
      -newer "$stamp" -print -quit)" ]
}
