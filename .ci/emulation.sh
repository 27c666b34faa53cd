#!/usr/bin/env bash
# emulation.sh [fast|sanitized|race ...]: the CUDA kernels' tests on the emulation, all three builds unless named.
set -euo pipefail
cd "$(dirname "$0")/.."
build=build/emulation_tests
cmake -G Ninja -S . -B "$build" -DCMAKE_C_COMPILER=gcc -DCMAKE_CXX_COMPILER=g++ -DGRIDSTRIDE_EMULATION=ON >/dev/null
[ $# -gt 0 ] || set -- fast sanitized race
export UBSAN_OPTIONS=print_stacktrace=1
programs=()
for variant in "$@"; do
  start=$SECONDS
  ninja -C "$build" ${JOBS:+-j$JOBS} --quiet "emulation_tests_$variant"
  echo "$variant: built in $((SECONDS - start)) s"
  programs+=("$build/$variant"/*)
done
bash .ci/programs.sh "${programs[@]}"
