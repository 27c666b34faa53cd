import { addon, typed, typedAsync } from '../native/addon.js';
import { DisposedError } from '../util/errors.js';
import { resolveDevice } from './create.js';
import { tidy } from './tensor.js';

/** What has a value per step: told when a capture ends, and before each replay. @internal */
export interface StepState {
  /** The capture in which it took part is complete. */
  captured(): void;
  /** Writes this step's values to the device. */
  beforeReplay(): void;
}

const running = new Map<object, StepState>();
let isRunning = false;

/** Whether ops are being recorded. @internal */
export function isCapturing(): boolean {
  return isRunning;
}

/**
 * Adds per-step state to the running capture, once per owner; does nothing when none runs.
 * @internal
 */
export function joinCapture(owner: object, make: () => StepState): void {
  if (isRunning && !running.has(owner)) running.set(owner, make());
}

/**
 * A list of ops that runs again without JavaScript per op, on the memory it was captured on. New inputs go in by
 * `write()` on the tensors the captured function read; results appear in the tensors it returned.
 */
export class Recording<T = unknown> {
  #id: number;
  readonly #states: readonly StepState[];

  /** @internal */
  constructor(
    id: number,
    states: readonly StepState[],
    /** What the captured function returned. */
    readonly result: T,
  ) {
    this.#id = id;
    this.#states = states;
  }

  /** Number of recorded ops. @throws DisposedError */
  get size(): number {
    return typed(() => addon().recordingSize(this.#live()));
  }

  /**
   * Queues one run of the whole list. Random generators and optimizers that took part move on by a step.
   * @throws DisposedError, QueueFullError
   */
  replay(): void {
    const id = this.#live();
    for (const state of this.#states) state.beforeReplay();
    typed(() => addon().replay(id));
  }

  /**
   * Runs the list so many times and gives the milliseconds of each run by the device's own clock, on CUDA by events.
   * @param runs at least 1
   * @param options.wipe another recording of the same device, run before each: to leave the caches cold
   * @throws DisposedError, DeviceError
   */
  async time(runs: number, options: { wipe?: Recording } = {}): Promise<number[]> {
    const [id, wipe] = [this.#live(), options.wipe === undefined ? 0 : options.wipe.#live()];
    for (const state of this.#states) state.beforeReplay();
    return typedAsync(() => addon().timeReplay(id, runs, wipe));
  }

  /** Frees the list and the memory only it holds. May be called again. */
  dispose(): void {
    if (this.#id === 0) return;
    addon().recordingRelease(this.#id);
    this.#id = 0;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #live(): number {
    if (this.#id === 0) throw new DisposedError('recording: already disposed');
    return this.#id;
  }
}

/**
 * Runs `body` once and records its ops. Everything it makes is freed but its result; the recording keeps the memory its
 * ops touch. Tensors made from host data inside are constants of the recording: make inputs outside.
 * @param options.device the one device every op in `body` is on; by default `auto`
 * @throws DeviceError for an op on another device, UnsupportedOpError when `body` reads a value
 *
 * @example
 * ```ts
 * import { capture, mul, tensor } from 'gridstride';
 * const x = tensor([1, 2, 3], { device: 'cpu' });
 * const recording = capture(() => mul(x, x), { device: 'cpu' });
 * x.write(Float32Array.of(4, 5, 6));
 * recording.replay();
 * console.log(await recording.result.toArray()); // [ 16, 25, 36 ]
 * recording.dispose();
 * ```
 */
export function capture<T>(body: () => T, options: { device?: string } = {}): Recording<T> {
  const device = resolveDevice(options.device);
  const id = typed(() => addon().captureBegin(device));
  isRunning = true;
  let result: T;
  try {
    result = tidy(body);
  } catch (error) {
    addon().captureEnd();
    isRunning = false;
    running.clear();
    addon().recordingRelease(id);
    throw error;
  }
  addon().captureEnd();
  isRunning = false;
  const states = [...running.values()];
  running.clear();
  for (const state of states) state.captured();
  return new Recording(id, states, result);
}
