import { cudaPeak } from '../../native/cuda_peak.js';
import { concat } from '../../ops/index.js';
import { capture, type Recording } from '../../tensor/capture.js';
import { zeros } from '../../tensor/create.js';
import type { Tensor } from '../../tensor/tensor.js';
import { summarize } from '../../util/statistics.js';

/** Larger than the second-level cache of any GPU. */
const WIPED_BYTES = 256 << 20;
/** The emulation has no caches, and no speed worth measuring. */
const EMULATED_BYTES = 1 << 16;
/** A recording runs op by op first, then becomes a graph. */
const WARM_UPS = 3;

/** Times work on a CUDA device by its events, with cold caches. @internal */
export class CudaTimer {
  readonly #bytes: number;
  readonly #wipe: Recording<Tensor>;

  /** @throws DeviceError, OutOfMemoryError */
  constructor(readonly device: string) {
    this.#bytes = cudaPeak(device).isEmulation ? EMULATED_BYTES : WIPED_BYTES;
    this.#wipe = capture(() => zeros([this.#bytes / 4], { device }), { device });
  }

  /** Milliseconds of so many runs of what `body` queues. */
  async samples(body: () => void, runs: number): Promise<number[]> {
    using work = await this.prepare(body);
    return await this.time(work, runs); // the recording lives until then
  }

  /** Records what `body` queues and warms it up, to be timed in several rounds. */
  async prepare(body: () => void): Promise<Recording> {
    const work = capture(body, { device: this.device });
    await this.time(work, WARM_UPS);
    return work;
  }

  /** Milliseconds of so many runs of what was prepared. */
  time(work: Recording, runs: number): Promise<number[]> {
    return work.time(runs, { wipe: this.#wipe });
  }

  /** Bytes read plus bytes written per second by a copy far larger than the caches. */
  async copyBandwidth(): Promise<number> {
    const { device } = this;
    using x = zeros([this.#bytes / 4], { device });
    const { medianMs } = summarize(await this.samples(() => concat([x, x], 0).dispose(), 10));
    return (4 * this.#bytes) / (medianMs / 1e3);
  }

  dispose(): void {
    this.#wipe.result.dispose();
    this.#wipe.dispose();
  }
}
