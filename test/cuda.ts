import { existsSync } from 'node:fs';
import path from 'node:path';
import { devices } from '../lib/index.js';
import { packageRoot } from '../lib/util/package_info.js';

const library = path.join(packageRoot(), 'build/Release/libgridstride_cuda.so');
const emulation = path.join(packageRoot(), 'build/emulation/libgridstride_cuda_emulation.so');
const isRequired = process.env['REQUIRE_CUDA'] === '1';
const isReal = isRequired || (existsSync(library) && existsSync('/proc/driver/nvidia/version'));

// Before anything looks for the library: a process opens one.
if (!isReal && existsSync(emulation)) process.env['GRIDSTRIDE_CUDA_BACKEND'] ??= emulation;

/**
 * The CUDA device of tests: a GPU where the library and a driver are there, else the emulation where it is built
 * (`npm run build:emulation`) or the library that GRIDSTRIDE_CUDA_BACKEND names, else undefined. With `REQUIRE_CUDA=1`
 * nothing less than a GPU will do. Tests that use it import this file before they use a device.
 */
export const cudaDevice: string | undefined =
  isReal || process.env['GRIDSTRIDE_CUDA_BACKEND'] !== undefined ? 'cuda' : undefined;

if (
  isRequired &&
  !devices().some((each) => each.kind === 'cuda' && each.reason === undefined && each.isEmulation === false)
)
  throw new Error(`REQUIRE_CUDA=1, but there is no GPU: ${JSON.stringify(devices().slice(1))}`);
/** Devices that models are tested on. */
export const modelDevices: readonly string[] = cudaDevice === undefined ? ['cpu'] : ['cpu', cudaDevice];

if (cudaDevice === undefined) console.warn('NO CUDA DEVICE AND NO EMULATION: tests on cuda are skipped');
