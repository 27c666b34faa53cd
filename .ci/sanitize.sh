#!/usr/bin/env bash
# sanitize.sh address,undefined | thread: builds the C++ test programs with clang's sanitizers and runs them. All
# instruction sets divide work among threads alike, so one is enough where races are looked for.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v clang++ >/dev/null || { echo "skipped: clang is not installed"; exit 77; }
build=build/sanitize_${1%%,*}
cmake -G Ninja -S . -B "$build" -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ -DGRIDSTRIDE_SANITIZE="$1" \
  -DGRIDSTRIDE_NATIVE_TESTS=ON -DGRIDSTRIDE_BASELINE_ONLY=$([ "$1" = thread ] && echo ON || echo OFF) >/dev/null
ninja -C "$build" --quiet native_tests
echo "$1: built in $SECONDS s"
export ASAN_OPTIONS=detect_stack_use_after_return=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 TSAN_OPTIONS=halt_on_error=1
programs=()
for program in "$build"/test_*; do
  [ -x "$program" ] && [ -f "$program" ] && programs+=("$program")
done
bash .ci/programs.sh "${programs[@]}"
