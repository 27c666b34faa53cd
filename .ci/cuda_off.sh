#!/usr/bin/env bash
# The addon builds and runs where CUDA is switched off.
set -euo pipefail
cd "$(dirname "$0")/.."
cmake -G Ninja -S . -B build/cuda_off -DGRIDSTRIDE_CUDA=OFF >/dev/null
cmake --build build/cuda_off --target gridstride
node -e "
  const addon = require('./build/cuda_off/gridstride.node');
  const info = addon.engineInfo();
  if (info.cudaDevices.length !== 0 || info.cudaReason === '') throw new Error('a CUDA device without CUDA?');
  console.log('no CUDA:', info.cudaReason);"
