import { addon, type TraceEvent, typed } from '../native/addon.js';
import { UnsupportedOpError } from '../util/errors.js';
import { sync } from './device.js';

/** Executed ops with their times. */
export interface Trace<T> {
  /** What the traced function returned. */
  result: T;
  events: TraceEvent[];
  /** The same as Chrome's trace format: open it in `chrome://tracing` or Perfetto. */
  toChromeJson(): string;
}

function chromeJson(events: readonly TraceEvent[]): string {
  const traceEvents = events.map((event) => ({
    name: event.op,
    cat: 'op',
    ph: 'X',
    ts: event.startUs,
    dur: event.endUs - event.startUs,
    pid: 1,
    tid: 1,
    args: { shapes: event.shapes, flops: event.flops, bytes: event.bytes },
  }));
  return JSON.stringify({ displayTimeUnit: 'ms', traceEvents });
}

let isTracing = false;

/**
 * Runs `body` and records every op the engine executes meanwhile, on any device and thread of the process.
 * @param options.device whose queue is drained before and after; by default `auto`
 * @throws UnsupportedOpError when a trace is already running on this thread
 *
 * @example
 * ```ts
 * import { add, tensor, trace } from 'gridstride';
 * const { events } = await trace(() => add(tensor([1, 2]), 1), { device: 'cpu' });
 * console.log(events.at(-1)!.op); // binary
 * ```
 */
export async function trace<T>(body: () => T | Promise<T>, options: { device?: string } = {}): Promise<Trace<T>> {
  if (isTracing) throw new UnsupportedOpError('trace: one is already running');
  isTracing = true;
  try {
    await sync(options.device);
    typed(() => addon().traceStart());
    let events: TraceEvent[];
    let result: T;
    try {
      result = await body();
      await sync(options.device);
    } finally {
      events = addon().traceStop();
    }
    return { result, events, toChromeJson: () => chromeJson(events) };
  } finally {
    isTracing = false;
  }
}
