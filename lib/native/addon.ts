import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { AddonError, toTypedError } from '../util/errors.js';
import type { Handle, NativeOps } from './ops.gen.js';

/** Bytes and counts of one device's memory. */
export interface MemoryInfo {
  /** Bytes in blocks that tensors hold. */
  liveBytes: number;
  /** Bytes kept for reuse. */
  cachedBytes: number;
  /** Highest `liveBytes` since the process started. */
  peakBytes: number;
  /** Number of blocks in use. */
  liveBlocks: number;
  /** Live tensor handles of this thread. */
  liveTensors: number;
  /** Ops waiting in the queue. */
  queuedOps: number;
}

/** One executed op of a trace; times in microseconds since tracing began. */
export interface TraceEvent {
  op: string;
  shapes: string;
  startUs: number;
  endUs: number;
  flops: number;
  bytes: number;
}

/** A CUDA device as the driver describes it. */
export interface CudaDeviceInfo {
  id: string;
  name: string;
  capability: string;
  memoryBytes: number;
  driver: number;
  multiprocessors: number;
  /** Their highest clock; 0 where it is not known. */
  clockKhz: number;
  emulation: boolean;
  /** Why it cannot be used; empty when it can. */
  reason: string;
}

/** What the native engine says of the machine and of itself. */
export interface EngineInfo {
  isa: string;
  isas: string[];
  threads: number;
  cudaDevices: CudaDeviceInfo[];
  cudaPath: string;
  cudaReason: string;
}

export interface NativeSettings {
  threads?: number;
  maxQueuedOps?: number;
  maxQueuedBytes?: number;
  memoryLimitBytes?: number;
}

/** Work on a native task thread; see `nativeTask`. */
export interface NativeTask<T> {
  promise: Promise<T>;
  cancel(): void;
}

/** A tensor that was read from a file. */
export interface LoadedTensor {
  name: string;
  handle: Handle;
  dtype: string;
  shape: number[];
}

/** The header of a safetensors file; dtypes as the file says them. */
export interface NativeHeader {
  tensors: { name: string; dtype: string; shape: number[]; bytes: number }[];
  metadata: [string, string][];
}

/** The addon's functions; outputs of ops are read from `mailbox` (handle, dtype, rank, sizes ... each). */
export interface Addon {
  readonly mailbox: Float64Array;
  readonly ops: NativeOps;
  fromHost(data: NodeJS.TypedArray, dtype: string, shape: readonly number[], device: string): number;
  writeHost(handle: Handle, data: NodeJS.TypedArray): void;
  read(handle: Handle): Promise<ArrayBuffer>;
  release(handle: Handle): void;
  retain(handle: Handle): Handle;
  deviceOf(handle: Handle): string;
  storageOf(handle: Handle): number;
  sync(device: string): Promise<void>;
  ready(device: string): Promise<void>;
  memory(device: string): MemoryInfo;
  releaseCache(device: string): void;
  configure(settings: NativeSettings): void;
  engineInfo(): EngineInfo;
  resolveDevice(device: string): string;
  traceStart(): void;
  traceStop(): TraceEvent[];
  captureBegin(device: string): number;
  captureEnd(): void;
  replay(recording: number): void;
  timeReplay(recording: number, runs: number, wipe: number): Promise<number[]>;
  recordingSize(recording: number): number;
  recordingRelease(recording: number): void;
  share(handles: readonly Handle[]): number;
  adopt(token: number, index: number): number;
  unshare(token: number): void;
  readSafetensors(
    path: string,
    device: string,
    dtype: string | undefined,
    names: readonly string[] | undefined,
  ): NativeTask<LoadedTensor[]>;
  /** `layout` holds, for each tensor: first byte in the file, rank, sizes, strides in elements. */
  readTensorRanges(
    where: string,
    path: string,
    device: string,
    dtype: string | undefined,
    names: readonly string[],
    dtypes: readonly string[],
    layout: Float64Array,
  ): NativeTask<LoadedTensor[]>;
  readSafetensorsHeader(path: string): NativeTask<NativeHeader>;
  writeSafetensors(
    path: string,
    names: readonly string[],
    handles: readonly Handle[],
    metadataKeys: readonly string[],
    metadataValues: readonly string[],
  ): NativeTask<void>;
  measureCeiling(isa: string, threads: number): NativeTask<{ flops: number; bytesPerSecond: number }>;
}

const require = createRequire(import.meta.url);

/** The package's root: the folder above lib/ (sources) or above dist/ (compiled). */
function packageRoot(): string {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (path.basename(folder) !== 'lib') folder = path.dirname(folder);
  const above = path.dirname(folder);
  return path.basename(above) === 'dist' ? path.dirname(above) : above;
}

function load(): Addon {
  const root = packageRoot();
  try {
    return (require('node-gyp-build') as (folder: string) => Addon)(root);
  } catch (cause) {
    const tried = [path.join(root, 'build/Release/gridstride.node'), path.join(root, 'prebuilds')];
    const list = tried.map((file) => `  ${file}: ${existsSync(file) ? 'there, but not usable' : 'not there'}`);
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new AddonError(
      `addon: the native addon cannot be loaded (${process.platform}-${process.arch}, Node ${process.version})\n` +
        `${list.join('\n')}\n  reason: ${reason}\n` +
        'To build it: run `npm run build:native` in the package folder (needs a C++20 compiler).',
      { tried },
      { cause },
    );
  }
}

let loaded: Addon | undefined;

/**
 * The native addon, loaded on first use.
 * @throws AddonError listing what was tried
 * @internal
 */
export function addon(): Addon {
  return (loaded ??= load());
}

/**
 * Runs `call`, turning the addon's plain errors into typed ones.
 * @internal
 */
export function typed<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw toTypedError(error);
  }
}

/**
 * Like {@link typed} for a promise of the addon.
 * @internal
 */
export async function typedAsync<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toTypedError(error);
  }
}
