import { addon, type MemoryInfo, type NativeSettings, typed, typedAsync } from '../native/addon.js';
import { checkOptionNames } from '../util/did_you_mean.js';
import { integer, parseFields } from '../util/fields.js';
import { resolveDevice } from './create.js';

/** A device this process can use, or why it cannot. */
export interface DeviceInfo {
  /** The name to give as `device`. */
  id: string;
  kind: 'cpu' | 'cuda';
  /** Instruction set, or the GPU's name. */
  name: string;
  /** Why the device cannot be used; absent when it can. */
  reason?: string;
  /** Compute threads, of the CPU. */
  threads?: number;
  /** Instruction sets this machine can run, of the CPU. */
  instructionSets?: readonly string[];
  /** Memory in bytes, of a GPU. */
  memoryBytes?: number;
  /** Compute capability, of a GPU. */
  capability?: string;
  /** Whether it is the emulation, which `auto` never takes. */
  isEmulation?: boolean;
}

/**
 * What there is to compute on, and why something is not there.
 *
 * @example
 * ```ts
 * import { devices } from 'gridstride';
 * console.log(devices()[0]!.id); // cpu
 * ```
 */
export function devices(): DeviceInfo[] {
  const info = typed(() => addon().engineInfo());
  const found: DeviceInfo[] = [
    { id: 'cpu', kind: 'cpu', name: info.isa, threads: info.threads, instructionSets: info.isas },
  ];
  for (const gpu of info.cudaDevices) {
    if (gpu.reason !== '') {
      found.push({ id: gpu.id, kind: 'cuda', name: 'unusable', reason: gpu.reason });
      continue;
    }
    found.push({
      id: gpu.id,
      kind: 'cuda',
      name: gpu.emulation ? 'CUDA emulation' : gpu.name,
      memoryBytes: gpu.memoryBytes,
      capability: gpu.capability,
      isEmulation: gpu.emulation,
    });
  }
  if (info.cudaDevices.length === 0) found.push({ id: 'cuda', kind: 'cuda', name: 'none', reason: info.cudaReason });
  return found;
}

/** Bytes and counts of a device's memory; `liveTensors` counts the handles of this thread on all devices. */
export function memory(device?: string): MemoryInfo {
  return typed(() => addon().memory(resolveDevice(device)));
}

/** Gives the memory kept for reuse back to the system. */
export function releaseCache(device?: string): void {
  typed(() => addon().releaseCache(resolveDevice(device)));
}

const SETTINGS = {
  threads: integer({ max: 1024 }).optional(),
  maxQueuedOps: integer({ max: Number.MAX_SAFE_INTEGER }).optional(),
  maxQueuedBytes: integer({ max: Number.MAX_SAFE_INTEGER }).optional(),
  memoryLimitBytes: integer({ min: 0, max: Number.MAX_SAFE_INTEGER }).optional(),
};

/** Settings of the engine, for all threads of the process. */
export interface Settings {
  /** Compute threads of the CPU, from the next op on. */
  threads?: number;
  /** Ops that may wait in a device's queue before a call throws QueueFullError. */
  maxQueuedOps?: number;
  /** Bytes of new memory that queued ops may need before a call throws QueueFullError. */
  maxQueuedBytes?: number;
  /** Bound on the CPU engine's memory in bytes, cache included; 0: none. */
  memoryLimitBytes?: number;
}

/**
 * Changes settings of the engine; what is not named stays.
 * @throws ConfigError for an unknown name or a value out of range
 *
 * @example
 * ```ts
 * import { configure } from 'gridstride';
 * configure({ threads: 2, maxQueuedOps: 4096 });
 * ```
 */
export function configure(settings: Settings): void {
  checkOptionNames('configure', settings, Object.keys(SETTINGS));
  const parsed = parseFields('configure', SETTINGS, { ...settings });
  const given = Object.fromEntries(Object.entries(parsed).filter(([, value]) => value !== undefined));
  typed(() => addon().configure(given as NativeSettings));
}

/**
 * Waits until everything queued on the device has run.
 * @throws the first failure since the last sync, typed
 */
export function sync(device?: string): Promise<void> {
  return typedAsync(() => addon().sync(resolveDevice(device)));
}

/** Waits until at most half of the queue's bounds is in use: what a loop that never reads a value awaits. */
export function ready(device?: string): Promise<void> {
  return typedAsync(() => addon().ready(resolveDevice(device)));
}

/** One device's queue and memory. */
export class Device {
  /** @internal */
  constructor(
    /** Its resolved name: `cpu`, `cuda:0` ... */
    readonly id: string,
  ) {}

  /** Waits for everything queued; rejects with the first failure since the last sync. */
  sync(): Promise<void> {
    return sync(this.id);
  }

  /** Waits until at most half of the queue's bounds is in use. */
  ready(): Promise<void> {
    return ready(this.id);
  }

  /** Bytes and counts of its memory. */
  memory(): MemoryInfo {
    return memory(this.id);
  }
}

/**
 * A device by name.
 * @throws DeviceError when it is not there, saying why
 *
 * @example
 * ```ts
 * import { device } from 'gridstride';
 * const cpu = device('cpu');
 * await cpu.sync();
 * console.log(cpu.memory().queuedOps); // 0
 * ```
 */
export function device(name = 'auto'): Device {
  return new Device(resolveDevice(name));
}
