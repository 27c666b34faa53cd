#!/usr/bin/env bash
# sanitized_build.sh address,undefined|thread TARGET: builds programs with clang's sanitizers; the last line is their
# folder. Fuzzing shares the folder of AddressSanitizer. All instruction sets divide work among threads alike, so one is
# enough where races are looked for.
set -euo pipefail
cd "$(dirname "$0")/.."
build=build/sanitize_${1%%,*}
cmake -G Ninja -S . -B "$build" -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ -DGRIDSTRIDE_SANITIZE="$1" \
  -DGRIDSTRIDE_NATIVE_TESTS=ON -DGRIDSTRIDE_FUZZ=$([ "$1" = thread ] && echo OFF || echo ON) \
  -DGRIDSTRIDE_BASELINE_ONLY=$([ "$1" = thread ] && echo ON || echo OFF) >/dev/null
ninja -C "$build" --quiet "$2" 1>&2
echo "$build"
