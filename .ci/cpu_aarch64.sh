#!/usr/bin/env bash
# The CPU's matrix products and attention on aarch64: NEON and its products of bf16, under qemu where its tools are
# installed.
set -euo pipefail
cd "$(dirname "$0")/.."
for tool in aarch64-linux-gnu-g++ qemu-aarch64-static; do
  command -v $tool >/dev/null || { echo "skipped: $tool is not installed"; exit 77; }
done
build=build/cpu_aarch64
mkdir -p "$build"
compiler="$(command -v ccache || true) aarch64-linux-gnu-g++"
flags="-std=c++20 -O2 -Wall -Wextra -Werror -ffp-contract=fast -fno-math-errno -fno-trapping-math -ffunction-sections -I."
tests="bf16_kernels matmul linear attention"

# compile OUTPUT SOURCE FLAGS...
compile() { $compiler $flags "${@:3}" -c "$2" -o "$build/$1.o"; }
export -f compile
export compiler flags build
{
  for source in native/core/{error,tensor}.cc native/cpu/{isa,features,pool}.cc native/cpu/gemm/{linear,matmul}.cc \
    native/cpu/gemm/bf16/kernels.cc native/cpu/attention/attention{,_reference}.cc; do
    echo "compile shared_$(basename $source .cc) $source"
  done
  for source in native/cpu/{gemm,attention}/*.simd.cc; do
    echo "compile shared_$(basename $source .cc) $source -DGS_ISA=baseline -DGS_ISA_baseline"
  done
  for source in native/cpu/gemm/*/*.neon_bf16.cc; do
    echo "compile shared_$(basename $source .cc) $source -march=armv8.2-a+bf16"
  done
  for test in $tests; do echo "compile $test test/native/$test.test.cc"; done
} | xargs -P "$(nproc)" -I{} bash -c 'set -e; {}'
# What the tests do not reach of these objects, such as the queue, is left out.
for test in $tests; do
  aarch64-linux-gnu-g++ -static -Wl,--gc-sections "$build/$test.o" "$build"/shared_*.o -o "$build/$test"
done
for test in $tests; do
  echo "--- $test"
  qemu-aarch64-static -cpu max "$build/$test"
done
