import { addon, typed } from './addon.js';

/** What a CUDA device could compute. @internal */
export interface CudaPeak {
  isEmulation: boolean;
  /** f32 multiply-adds a second outside the tensor cores, counted as 2 each; undefined where it is not known. */
  f32?: number;
  /** The same of f16 and bf16 on the tensor cores with f32 sums, dense. */
  half?: number;
}

/**
 * Operations of a multiprocessor per clock, by compute capability. Sources: NVIDIA A100 Tensor Core GPU Architecture
 * (2020), table 1; NVIDIA H100 Tensor Core GPU Architecture (2022), table 2.
 */
const PER_CLOCK: Readonly<Record<string, { f32: number; half: number }>> = {
  '8.0': { f32: 128, half: 2048 },
  '9.0': { f32: 256, half: 4096 },
};

/**
 * The peak of a CUDA device at its highest clock.
 * @throws DeviceError there is no such device
 * @internal
 */
export function cudaPeak(device: string): CudaPeak {
  const { cudaDevices } = typed(() => addon().engineInfo());
  const id = typed(() => addon().resolveDevice(device));
  const found = cudaDevices.find((each) => each.id === id)!;
  const perClock = PER_CLOCK[found.capability];
  const clocks = found.multiprocessors * found.clockKhz * 1e3;
  if (perClock === undefined || clocks === 0) return { isEmulation: found.emulation };
  return { isEmulation: found.emulation, f32: perClock.f32 * clocks, half: perClock.half * clocks };
}
