import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { TextClassificationPipeline } from 'gridstride';

/**
 * Callers that each send one text after the other, as fast as they get answers, until all texts are sent.
 * @returns The latency of each text in milliseconds.
 */
export async function serve(
  classify: TextClassificationPipeline,
  texts: readonly string[],
  callers: number,
): Promise<number[]> {
  const latencies: number[] = [];
  let next = 0;
  const call = async (): Promise<void> => {
    while (next < texts.length) {
      const begin = performance.now();
      await classify(texts[next++]!);
      latencies.push(performance.now() - begin);
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  return latencies;
}

/** The event loop's longest delay while something runs, in milliseconds. */
export async function loopDelay(run: () => Promise<unknown>): Promise<number> {
  const loop = monitorEventLoopDelay({ resolution: 1 });
  loop.enable();
  await run();
  loop.disable();
  return loop.count === 0 ? 0 : loop.max / 1e6;
}
