#!/usr/bin/env bash
# emulation.sh [fast|sanitized|race ...]: the CUDA kernels' tests on the emulation, all three builds unless named.
set -euo pipefail
cd "$(dirname "$0")/.."
build=build/emulation  # that of npm run build:emulation, which has compiled the fast kernels
cmake -S . -B "$build" -DCMAKE_C_COMPILER=gcc -DCMAKE_CXX_COMPILER=g++ -DGRIDSTRIDE_EMULATION=ON >/dev/null
[ $# -gt 0 ] || set -- fast sanitized race
export UBSAN_OPTIONS=print_stacktrace=1
programs=()
for variant in "$@"; do
  start=$SECONDS
  cmake --build "$build" --parallel "${JOBS:-$(nproc)}" --target "emulation_tests_$variant" >"$build/$variant.log" ||
    { tail -n 60 "$build/$variant.log"; exit 1; }
  echo "$variant: built in $((SECONDS - start)) s"
  programs+=("$build/$variant"/*)
done
bash .ci/programs.sh "${programs[@]}"
