#!/usr/bin/env bash
# The emulation's fibers and warp operations on aarch64, under qemu where its tools are installed.
set -euo pipefail
cd "$(dirname "$0")/.."
for tool in aarch64-linux-gnu-g++ qemu-aarch64-static; do
  command -v $tool >/dev/null || { echo "skipped: $tool is not installed"; exit 77; }
done
build=build/emulation_aarch64
mkdir -p "$build"
objects=
for source in native/emulation/*.cc native/emulation/*/*.cc native/core/error.cc test/native/emulation/warp.cu \
  test/native/emulation/warp.test.cc; do
  object=$build/$(tr / _ <<<"$source").o
  aarch64-linux-gnu-g++ -std=c++20 -O1 -DGRIDSTRIDE_EMULATION -fno-strict-aliasing -I. -x c++ -c "$source" -o "$object"
  objects+=" $object"
done
aarch64-linux-gnu-g++ -static $objects -o "$build/warp"
qemu-aarch64-static "$build/warp"
