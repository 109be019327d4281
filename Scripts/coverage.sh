# Sourced by ./test: which lines of the sources the tests ran, theirs and those of the command that they
# start. Needs Scripts/environment.sh, and tests that are built with --enable-code-coverage.
#
#   begin_coverage DIR     what runs from here on says in DIR what it ran
#   tell_coverage DIR      prints the share of each module's lines, and of all

begin_coverage() { # DIR
  mkdir -p "$1"
  # Processes that end merge what they know into two files for each program; those that a test may kill, or
  # gives no room, have files of their own (Tests/EndToEndTests/Program.swift), of which any may be cut short.
  export LLVM_PROFILE_FILE="$1/%2m.profraw"
}

# The part of the toolchain that reads it, which is not always on the PATH.
llvm_tool() { # NAME
  local beside
  beside=$(dirname "$(readlink -f "$(command -v swift)")")/$1
  if [ -x "$beside" ]; then echo "$beside"; else command -v "$1"; fi
}

tell_coverage() { # DIR
  local folder=$1 products=$root/.build/debug profdata cov
  profdata=$(llvm_tool llvm-profdata) && cov=$(llvm_tool llvm-cov) || {
    say "No llvm-cov beside swift: the coverage of lines is not told."
    return 0
  }
  "$profdata" merge -sparse --failure-mode=all -o "$folder/all.profdata" "$folder"/*.profraw 2> "$folder/merge.log" \
    || { say "The coverage of lines cannot be told:"; tail -5 "$folder/merge.log" >&2; return 1; }
  "$cov" export -format=lcov -instr-profile "$folder/all.profdata" \
    -object "$products/catchment" "$products"/*.xctest "$root/Sources" \
    | awk -F: -v root="$root/Sources/" '
        $1 == "SF" { split(substr($2, length(root) + 1), part, "/"); module = part[1] }
        $1 == "LF" { lines[module] += $2; all += $2 }
        $1 == "LH" { ran[module] += $2; total += $2 }
        END {
          for (module in lines) printf "  %5.1f %% of %6d lines of %s\n", 100 * ran[module] / lines[module], lines[module], module | "sort -k5"
          close("sort -k5")
          printf "Line coverage: %.1f %% of %d lines\n", 100 * total / all, all
        }' >&2
}
