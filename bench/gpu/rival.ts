import path from 'node:path';
import { packageRoot } from '../../lib/util/package_info.js';
import { InteractivePeer } from '../peers/interactive_peer.js';

/** What PyTorch answers to a request. */
export interface RivalTimes {
  readonly samples?: readonly number[];
  /** What of PyTorch did the work: `flash_attention`. */
  readonly backend?: string | null;
  readonly peakMemoryBytes?: number | null;
  /** Why it was not timed. */
  readonly skipped?: string;
}

/** One of PyTorch's works with its sizes, as bench/gpu/torch has it. */
export interface RivalWork {
  readonly op: string;
  readonly [size: string]: unknown;
}

/** PyTorch in a process of its own, or why it is not there. */
export class Rival {
  readonly #peer: InteractivePeer | undefined;
  readonly #reason: string;

  private constructor(peer: InteractivePeer | undefined, reason: string) {
    this.#peer = peer;
    this.#reason = reason;
  }

  /** Starts it; `device` is PyTorch's: cuda, or cpu where the benches themselves are tried out. */
  static async open(python: string, device: string): Promise<Rival> {
    const script = path.join(packageRoot(), 'bench/gpu/torch/peer.py');
    const peer = await InteractivePeer.open(python, [script, '--device', device]);
    if ('skipped' in peer) return new Rival(undefined, peer.skipped);
    const { skipped } = peer.report as unknown as RivalTimes;
    if (skipped === undefined) return new Rival(peer, '');
    await peer.close();
    return new Rival(undefined, skipped);
  }

  /** `PyTorch 2.11.0`, or undefined where it is missing. */
  get version(): string | undefined {
    return this.#peer?.report.version;
  }

  async time(work: RivalWork, runs: number): Promise<RivalTimes> {
    if (this.#peer === undefined) return { skipped: this.#reason };
    return this.#peer.ask(JSON.stringify({ ...work, runs }));
  }

  async close(): Promise<void> {
    await this.#peer?.close();
  }
}
