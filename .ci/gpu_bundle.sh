#!/usr/bin/env bash
# Compiles and links the CUDA library and the kernels' tests with nvcc and packs them; ends with 77 where nvcc is missing.
# Takes most of an hour on two cores. Where there is no driver the library must load, say so, and need none to link.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v nvcc >/dev/null || { echo "nvcc is not installed: the CUDA library is not linked"; exit 77; }
npm run -s gpu:bundle
library=build/gpu/libgridstride_cuda.so
if ldd $library | grep -E 'libcuda|not found'; then echo "$library: must need no driver to load"; exit 1; fi
[ -e /proc/driver/nvidia/version ] || GRIDSTRIDE_CUDA_BACKEND=$library node -e "
  import('./dist/lib/index.js').then(({ devices }) => {
    const { reason } = devices().find(({ kind }) => kind === 'cuda');
    console.log(reason);
    process.exit(reason === 'no NVIDIA driver was found' ? 0 : 1);
  })"
build/gpu/gpu_tests --list | grep -qx ptx
