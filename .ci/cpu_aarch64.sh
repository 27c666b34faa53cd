#!/usr/bin/env bash
# NEON's products of bf16 on aarch64, against their plain twin bit for bit, under qemu where its tools are installed.
set -euo pipefail
cd "$(dirname "$0")/.."
for tool in aarch64-linux-gnu-g++ qemu-aarch64-static; do
  command -v $tool >/dev/null || { echo "skipped: $tool is not installed"; exit 77; }
done
build=build/cpu_aarch64
rm -rf "$build" && mkdir -p "$build"
compile() {
  aarch64-linux-gnu-g++ -std=c++20 -O1 -Wall -Wextra -Werror -ffunction-sections -I. "${@:2}" -c "$1" \
    -o "$build/$(tr / _ <<<"$1").o"
}
for source in native/core/{error,tensor}.cc native/cpu/{isa,features,pool}.cc native/cpu/gemm/bf16/kernels.cc \
  test/native/bf16_kernels.test.cc; do
  compile $source
done
compile native/cpu/gemm/bf16/kernel.neon_bf16.cc -march=armv8.2-a+bf16
# What the test does not reach, such as the queue, is left out.
aarch64-linux-gnu-g++ -static -Wl,--gc-sections "$build"/*.o -o "$build/bf16_kernels"
qemu-aarch64-static -cpu max "$build/bf16_kernels"
