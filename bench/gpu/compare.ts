import { interquartileRange, median } from 'simple-statistics';
import type { CudaTimer } from '../../lib/cli/bench_ops/cuda_timer.js';
import { sync } from '../../lib/index.js';
import type { BenchRow } from '../../lib/util/bench_schema.js';
import { summarize } from '../../lib/util/statistics.js';
import type { Rival, RivalTimes, RivalWork } from './rival.js';

/** Where and how the benches of a GPU run. */
export interface GpuBench {
  readonly device: string;
  readonly timer: CudaTimer;
  readonly rival: Rival;
  /** Bytes read and written per second by a large copy, and multiply-adds of the device's peak where it is known. */
  readonly ceiling: { bytesPerSecond: number; half?: number };
  /** Small sizes: the device is the emulation, and what is tried out is the bench. */
  readonly isTiny: boolean;
  /** Lists of real sequence lengths, by the name of their texts. */
  readonly lengths: Readonly<Record<string, readonly number[]>>;
}

/** Something to time on both sides. */
export interface Contest {
  readonly name: string;
  readonly params: BenchRow['params'];
  readonly rival: RivalWork;
  readonly flops?: number;
  readonly bytes?: number;
}

/** A round of runs on each side: medians in milliseconds. */
export interface Rounds {
  readonly ours: number[];
  readonly theirs: number[];
  readonly rivalTimes: RivalTimes;
}

const ROUNDS = 5;
const RUNS = 10;

/** Times both sides in turn, so that whatever slows the machine down meets both alike. */
async function inTurn(
  bench: GpuBench,
  contest: Contest,
  time: (runs: number) => Promise<number[]>,
  runs: number,
): Promise<Rounds> {
  const [ours, theirs]: [number[], number[]] = [[], []];
  let rivalTimes: RivalTimes = {};
  for (let round = 0; round < (bench.isTiny ? 2 : ROUNDS); round++) {
    ours.push(median(await time(runs)));
    rivalTimes = await bench.rival.time(contest.rival, runs);
    if (rivalTimes.samples !== undefined) theirs.push(median([...rivalTimes.samples]));
  }
  return { ours, theirs, rivalTimes };
}

/** Rounds of what `body` queues, by the device's events with cold caches. */
export async function timeOp(bench: GpuBench, contest: Contest, body: () => void): Promise<Rounds> {
  using work = await bench.timer.prepare(body);
  return await inTurn(bench, contest, (runs) => bench.timer.time(work, runs), bench.isTiny ? 1 : RUNS);
}

/** Rounds of a stretch of work as a user runs it, by the clock, from an idle device to an idle device. */
export async function timeStretch(bench: GpuBench, contest: Contest, body: () => Promise<void>): Promise<Rounds> {
  const time = async (): Promise<number[]> => {
    const start = performance.now();
    await body();
    await sync(bench.device);
    return [performance.now() - start];
  };
  await time(); // takes the memory that later runs find in the cache
  return inTurn(bench, contest, time, 1);
}

/** The row of a contest. */
export function rowOf(bench: GpuBench, contest: Contest, { ours, theirs, rivalTimes }: Rounds): BenchRow {
  const { name, params, flops, bytes } = contest;
  const summary = summarize(ours);
  const seconds = summary.medianMs / 1e3;
  const { bytesPerSecond, half } = bench.ceiling;
  const shares = [
    flops !== undefined && half !== undefined ? flops / half / seconds : 0,
    bytes !== undefined ? bytes / bytesPerSecond / seconds : 0,
  ];
  const share = Math.max(...shares);
  const row: BenchRow = {
    name,
    params,
    ...summary,
    ...(flops !== undefined && { gflops: flops / seconds / 1e9 }),
    ...(bytes !== undefined && { gbps: bytes / seconds / 1e9 }),
    ...(share > 0 && { percentOfCeiling: 100 * share }),
  };
  if (theirs.length < ours.length) return { ...row, rival: 'PyTorch', skipped: rivalTimes.skipped ?? 'no answer' };
  const ratios = ours.map((ms, i) => ms / theirs[i]!).filter((ratio) => ratio > 0 && Number.isFinite(ratio));
  const { backend } = rivalTimes;
  const rival = `PyTorch ${bench.rival.version}${backend ? `, ${backend}` : ''}`;
  if (ratios.length === 0) return { ...row, rival, skipped: 'its time is within the noise' };
  return { ...row, rival, ratio: median(ratios), ratioIqr: interquartileRange(ratios) };
}
