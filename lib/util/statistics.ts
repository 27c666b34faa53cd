import { interquartileRange, median, min } from 'simple-statistics';
import { ConfigError } from './errors.js';

/**
 * Median, least value and interquartile range of timed runs, in milliseconds.
 * @internal
 */
export interface SampleSummary {
  samples: number[];
  medianMs: number;
  minMs: number;
  iqrMs: number;
}

/**
 * Sums up the times of N >= 1 runs in milliseconds.
 * @throws {ConfigError} There is no run.
 * @internal
 */
export function summarize(samples: readonly number[]): SampleSummary {
  if (samples.length === 0) throw new ConfigError('bench: there must be at least one run, got none');
  const list = [...samples];
  return { samples: list, medianMs: median(list), minMs: min(list), iqrMs: interquartileRange(list) };
}

/**
 * Two things timed in turn, and how they compare.
 * @internal
 */
export interface InterleavedTimes {
  a: SampleSummary;
  b: SampleSummary;
  /** Time of A over time of B: the median over the pairs of runs. */
  ratio: number;
  ratioIqr: number;
}

type Run = () => unknown;

async function time(run: Run): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

/**
 * Times one thing: `warmups` runs that do not count, then `runs` that do.
 * @internal
 */
export async function timeRuns(run: Run, runs: number, warmups = 1): Promise<SampleSummary> {
  checkRuns(runs);
  for (let i = 0; i < warmups; i++) await run();
  const samples: number[] = [];
  for (let i = 0; i < runs; i++) samples.push(await time(run));
  return summarize(samples);
}

/**
 * Times two things in turn (A B, B A, A B, ...), so that whatever slows the machine down meets both alike.
 *
 * @param runA Timed until its promise resolves.
 * @param runs Runs of each that count.
 * @param warmups Runs of each before them that do not.
 * @throws {ConfigError} `runs` is no positive integer.
 * @internal
 */
export async function interleave(runA: Run, runB: Run, runs: number, warmups = 1): Promise<InterleavedTimes> {
  checkRuns(runs);
  const samplesA: number[] = [];
  const samplesB: number[] = [];
  for (let i = -warmups; i < runs; i++) {
    const isAFirst = i % 2 === 0;
    const first = await time(isAFirst ? runA : runB);
    const second = await time(isAFirst ? runB : runA);
    if (i < 0) continue;
    samplesA.push(isAFirst ? first : second);
    samplesB.push(isAFirst ? second : first);
  }
  const ratios = samplesA.map((sample, i) => sample / samplesB[i]!);
  return {
    a: summarize(samplesA),
    b: summarize(samplesB),
    ratio: median(ratios),
    ratioIqr: interquartileRange(ratios),
  };
}

function checkRuns(runs: number): void {
  if (Number.isInteger(runs) && runs > 0) return;
  throw new ConfigError(`bench: runs must be a positive integer, got ${runs}`, { runs });
}
