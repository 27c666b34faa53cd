import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { addon } from '../../lib/native/addon.js';
import { SCENARIOS, type Setting, type Work } from './scenarios.js';

/** What the bench asks of a process; each request is answered by one {@link Reply}. */
export type Request =
  | { readonly kind: 'setUp'; readonly scenario: string | undefined; readonly setting: Setting }
  | { readonly kind: 'watch' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'run' }
  | { readonly kind: 'rival' };

/** Times in milliseconds, memory in bytes. */
export interface Reply {
  readonly error?: string;
  readonly maxDelay?: number;
  readonly time?: number;
  readonly peakMemory?: number;
  readonly rival?: string | undefined;
  readonly params?: Work['params'];
}

const histogram = monitorEventLoopDelay({ resolution: 1 });
let work: Work | undefined;

function peakMemory(): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
}

async function answer(request: Request): Promise<Reply> {
  switch (request.kind) {
    case 'setUp': {
      addon(); // the idle control process carries the library too
      const make = request.scenario === undefined ? undefined : SCENARIOS[request.scenario];
      work = await make?.(request.setting);
      return { rival: work?.rival?.name, params: work?.params ?? {} };
    }
    case 'watch':
      histogram.reset();
      histogram.enable();
      return {};
    case 'stop':
      histogram.disable();
      return { maxDelay: histogram.count === 0 ? 0 : histogram.max / 1e6, peakMemory: peakMemory() };
    case 'run':
    case 'rival': {
      const start = performance.now();
      await (request.kind === 'run' ? work?.run() : work?.rival?.run());
      return { time: performance.now() - start };
    }
  }
}

process.on('message', (request: Request) => {
  answer(request).then(
    (reply) => process.send?.(reply),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
