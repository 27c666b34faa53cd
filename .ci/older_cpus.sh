#!/usr/bin/env bash
# No illegal instruction on older processors: the C++ tests of matrix products, attention and vector maths under qemu, as
# CPUs without AVX and without AVX-512, and of a machine without products of bf16 of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(uname -m)" = x86_64 ] || { echo "skipped: the sets are those of x86-64"; exit 77; }
command -v qemu-x86_64-static >/dev/null || { echo "skipped: qemu-x86_64-static is not installed"; exit 77; }
build=build/older_cpus
cmake -G Ninja -S . -B "$build" -DGRIDSTRIDE_NATIVE_TESTS=ON >/dev/null
ninja -C "$build" --quiet test_bf16_kernels test_weights test_norm
for model in Nehalem Haswell; do
  for program in bf16_kernels weights norm; do
    echo "--- $program as $model"
    qemu-x86_64-static -cpu $model "$build/test_$program"
  done
done
