import Benchmark from 'benchmark';
import type { BenchRow } from '../../lib/util/bench_schema.js';
import { summarize } from '../../lib/util/statistics.js';

/** How long the benchmark package goes on. */
export interface TimeCallOptions {
  minSamples?: number;
  /** In seconds. */
  maxTime?: number;
}

/** Mean time of a call in the benchmark package's samples, in milliseconds. */
export function timeCall(
  name: string,
  params: BenchRow['params'],
  call: () => unknown,
  options: TimeCallOptions = { minSamples: 20, maxTime: 2 },
): Promise<BenchRow> {
  return new Promise((resolve, reject) => {
    const bench = new Benchmark(name, call, options);
    bench.on('complete', () => {
      if (bench.error !== undefined) return reject(bench.error as unknown as Error);
      resolve({ name, params, ...summarize(bench.stats.sample.map((seconds) => seconds * 1e3)) });
    });
    bench.run({ async: true });
  });
}
