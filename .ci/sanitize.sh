#!/usr/bin/env bash
# sanitize.sh address,undefined | thread: builds the C++ test programs with clang's sanitizers and runs them.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v clang++ >/dev/null || { echo "skipped: clang is not installed"; exit 77; }
build=$(bash .ci/sanitized_build.sh "$1" native_tests)
echo "$1: built in $SECONDS s"
export ASAN_OPTIONS=detect_stack_use_after_return=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 TSAN_OPTIONS=halt_on_error=1
programs=()
for program in "$build"/test_*; do
  [ -x "$program" ] && [ -f "$program" ] && programs+=("$program")
done
bash .ci/programs.sh "${programs[@]}"
