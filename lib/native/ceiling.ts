import { addon } from './addon.js';
import { nativeTask } from './task.js';

/** What a machine reaches at best. @internal */
export interface Ceiling {
  /** f32 multiply-adds per second, counted as 2 each. */
  flops: number;
  /** Bytes read plus bytes written per second, copying a block far larger than any cache. */
  bytesPerSecond: number;
}

/**
 * Measures what this machine's CPU reaches with an instruction set on some threads, in about half a second, off the
 * JavaScript thread and beside the engine.
 * @throws {DeviceError} The machine lacks the set.
 * @internal
 */
export function measureCeiling(isa: string, threads: number, signal?: AbortSignal): Promise<Ceiling> {
  return nativeTask('ceiling', signal, () => addon().measureCeiling(isa, threads));
}
