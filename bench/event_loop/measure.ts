import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Reply, Request } from './delay_process.js';
import type { Setting, Work } from './scenarios.js';

/** A process that measures its own event loop, and runs work when told to. */
class DelayProcess {
  readonly #child: ChildProcess = fork(join(import.meta.dirname, 'delay_process.js'));
  #settle: ((reply: Reply) => void) | undefined;

  constructor() {
    this.#child.on('message', (reply: Reply) => this.#settle?.(reply));
    this.#child.on('exit', (code) => this.#settle?.({ error: `the process ended with code ${code}` }));
  }

  async ask(request: Request): Promise<Reply> {
    const answer = await new Promise<Reply>((settle) => {
      this.#settle = settle;
      this.#child.send(request);
    });
    if (answer.error !== undefined) throw new Error(`event_loop: ${request.kind}: ${answer.error}`);
    return answer;
  }

  end(): void {
    if (this.#child.connected) this.#child.disconnect();
  }
}

/** What one scenario did to its event loop; times in milliseconds. */
export interface Measurement {
  readonly params: Work['params'];
  readonly rival: string | undefined;
  /** Longest delay of each run, in the working process and in the idle one beside it. */
  readonly delays: number[];
  readonly idleDelays: number[];
  /** Longest delay of all runs less the idle process's longest. */
  readonly worstDelay: number;
  readonly times: number[];
  readonly rivalTimes: number[];
  /** Of the working process, less that of the idle one. */
  readonly peakMemoryBytes: number;
}

/** Both processes watch their loops while one works, a little longer than the work itself. */
async function watchedRun(worker: DelayProcess, idle: DelayProcess): Promise<[Reply, Reply, Reply]> {
  await Promise.all([worker.ask({ kind: 'watch' }), idle.ask({ kind: 'watch' })]);
  await sleep(20);
  const run = await worker.ask({ kind: 'run' });
  await sleep(20);
  const [busy, calm] = await Promise.all([worker.ask({ kind: 'stop' }), idle.ask({ kind: 'stop' })]);
  return [run, busy, calm];
}

/** Runs a scenario again and again for `seconds` (once at least, after one run to warm up). */
export async function measure(scenario: string, setting: Setting, seconds: number): Promise<Measurement> {
  const worker = new DelayProcess();
  const idle = new DelayProcess();
  const result = { delays: [], idleDelays: [], times: [], rivalTimes: [] } as Record<string, number[]>;
  let peak = 0;
  try {
    const [{ params = {}, rival }] = await Promise.all([
      worker.ask({ kind: 'setUp', scenario, setting }),
      idle.ask({ kind: 'setUp', scenario: undefined, setting }),
    ]);
    await worker.ask({ kind: 'run' });
    const end = performance.now() + seconds * 1e3;
    do {
      const [run, busy, calm] = await watchedRun(worker, idle);
      result['times']!.push(run.time!);
      result['delays']!.push(busy.maxDelay!);
      result['idleDelays']!.push(calm.maxDelay!);
      if (peak === 0) peak = busy.peakMemory! - calm.peakMemory!; // before the rival has run
      if (rival !== undefined) result['rivalTimes']!.push((await worker.ask({ kind: 'rival' })).time!);
    } while (performance.now() < end);
    const { delays, idleDelays, times, rivalTimes } = result as Record<string, number[]> & Measurement;
    const worstDelay = Math.max(0, Math.max(...delays) - Math.max(...idleDelays));
    return { params, rival, delays, idleDelays, worstDelay, times, rivalTimes, peakMemoryBytes: Math.max(0, peak) };
  } finally {
    worker.end();
    idle.end();
  }
}
