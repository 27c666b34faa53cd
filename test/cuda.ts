import { existsSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const library = path.join(root, 'build/Release/libgridstride_cuda.so');
const emulation = path.join(root, 'build/emulation/libgridstride_cuda_emulation.so');
const isReal = existsSync(library) && existsSync('/proc/driver/nvidia/version');

// Before anything looks for the library: a process opens one.
if (!isReal && existsSync(emulation)) process.env['GRIDSTRIDE_CUDA_BACKEND'] ??= emulation;

/**
 * The CUDA device of tests: a GPU where the library and a driver are there, else the emulation where it is built
 * (`npm run build:emulation`), else undefined. With `REQUIRE_CUDA=1` nothing less than a GPU will do. Tests that use it
 * import this file before they use a device.
 */
export const cudaDevice: string | undefined =
  process.env['REQUIRE_CUDA'] === '1' ? 'cuda' : isReal || existsSync(emulation) ? 'cuda' : undefined;

if (process.env['REQUIRE_CUDA'] === '1' && !isReal) throw new Error('REQUIRE_CUDA=1, but there is no GPU');
/** Devices that models are tested on. */
export const modelDevices: readonly string[] = cudaDevice === undefined ? ['cpu'] : ['cpu', cudaDevice];

if (cudaDevice === undefined) console.warn('NO CUDA DEVICE AND NO EMULATION: tests on cuda are skipped');
