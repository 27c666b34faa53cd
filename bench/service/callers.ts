import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { TextClassificationPipeline } from 'gridstride';

/** Latencies of single texts in milliseconds, and the event loop's longest delay meanwhile. */
export interface ServedRun {
  ms: number;
  latencies: number[];
  loopDelayMs: number;
}

/** Callers that each send one text after the other, as fast as they get answers, until all texts are sent. */
export async function serve(
  classify: TextClassificationPipeline,
  texts: readonly string[],
  callers: number,
): Promise<ServedRun> {
  const loop = monitorEventLoopDelay({ resolution: 1 });
  const latencies: number[] = [];
  let next = 0;
  const call = async (): Promise<void> => {
    while (next < texts.length) {
      const begin = performance.now();
      await classify(texts[next++]!);
      latencies.push(performance.now() - begin);
    }
  };
  loop.enable();
  const start = performance.now();
  await Promise.all(Array.from({ length: callers }, call));
  const ms = performance.now() - start;
  loop.disable();
  return { ms, latencies, loopDelayMs: loop.count === 0 ? 0 : loop.max / 1e6 };
}
