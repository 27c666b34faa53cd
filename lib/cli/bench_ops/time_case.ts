import type { Ceiling } from '../../native/ceiling.js';
import { sync } from '../../tensor/device.js';
import type { DType } from '../../tensor/dtype.js';
import { trace } from '../../tensor/trace.js';
import type { BenchRow } from '../../util/bench_schema.js';
import { interleave, type SampleSummary, summarize, timeRuns } from '../../util/statistics.js';
import type { OpCase } from './cases.js';
import type { CudaTimer } from './cuda_timer.js';
import { CasePlace, drawInputs } from './place.js';

/** How cases are timed. @internal */
export interface OpBenchOptions {
  device: string;
  /** The device timed in turn with it. */
  rival: string;
  dtype: DType;
  runs: number;
  seed: number;
  ceiling: Ceiling;
  /** Where the device is a CUDA one. */
  cuda?: CudaTimer;
}

/** A timed stretch is at least this long, so that the clock and one waiting do not count. */
const STRETCH_MS = 4;
const MOST_REPEATS = 500;
/** A rival slower than this runs fewer times. */
const SLOW_MS = 500;
const SLOW_RUNS = 3;

type Pass = 'forward' | 'training';

/** A stretch of calls long enough to time. */
class Stretch {
  repeats = 1;

  constructor(
    readonly place: CasePlace,
    readonly pass: Pass,
  ) {}

  async run(): Promise<void> {
    for (let i = 0; i < this.repeats; i++) this.place[this.pass]();
    await sync(this.place.device);
  }

  /** Milliseconds of one call; sets how many make a stretch. */
  async calibrate(): Promise<number> {
    await this.run();
    const start = performance.now();
    await this.run();
    const took = Math.max(performance.now() - start, 1e-3);
    this.repeats = Math.min(MOST_REPEATS, Math.max(1, Math.ceil(STRETCH_MS / took)));
    return took;
  }
}

/** What the engine's own cost functions say of one call. */
async function costOf(stretch: Stretch): Promise<{ flops: number; bytes: number }> {
  const { device } = stretch.place;
  const { events } = await trace(() => stretch.place[stretch.pass](), { device });
  return events.reduce((sum, { flops, bytes }) => ({ flops: sum.flops + flops, bytes: sum.bytes + bytes }), {
    flops: 0,
    bytes: 0,
  });
}

/** What both took, per call of ours. */
interface Times {
  perCall: SampleSummary;
  ratio: number;
  ratioIqr: number;
}

/** Both on the host's clock, in turn: they share its cores. */
async function timeInTurn(ours: Stretch, rival: Stretch, options: OpBenchOptions): Promise<Times> {
  await ours.calibrate();
  const slow = (await rival.calibrate()) > SLOW_MS;
  const runs = slow ? Math.min(SLOW_RUNS, options.runs) : options.runs;
  const times = await interleave(
    () => ours.run(),
    () => rival.run(),
    runs,
    slow ? 0 : 1,
  );
  const scale = rival.repeats / ours.repeats;
  return {
    perCall: summarize(times.a.samples.map((ms) => ms / ours.repeats)),
    ratio: times.ratio * scale,
    ratioIqr: times.ratioIqr * scale,
  };
}

/** Ours by the GPU's clock, then the rival: neither slows the other down. */
async function timeOnCuda(ours: Stretch, rival: Stretch, cuda: CudaTimer, runs: number): Promise<Times> {
  const perCall = summarize(await cuda.samples(() => ours.place[ours.pass](), runs));
  const slow = (await rival.calibrate()) > SLOW_MS;
  const other = await timeRuns(() => rival.run(), slow ? Math.min(SLOW_RUNS, runs) : runs, 0);
  const ratio = (perCall.medianMs * rival.repeats) / other.medianMs;
  return { perCall, ratio, ratioIqr: ratio * (perCall.iqrMs / perCall.medianMs + other.iqrMs / other.medianMs) };
}

async function timePass(ours: Stretch, rival: Stretch, options: OpBenchOptions): Promise<BenchRow | undefined> {
  const cost = await costOf(ours);
  // A view moves nothing: there is nothing to time.
  if (cost.bytes === 0 && cost.flops === 0) return undefined;
  const { cuda, runs } = options;
  const { perCall, ratio, ratioIqr } =
    cuda === undefined ? await timeInTurn(ours, rival, options) : await timeOnCuda(ours, rival, cuda, runs);
  const seconds = perCall.medianMs / 1e3;
  const least = Math.max(cost.flops / options.ceiling.flops, cost.bytes / options.ceiling.bytesPerSecond);
  return {
    name: '',
    params: { pass: ours.pass, dtype: ours.place.dtype },
    ...perCall,
    ...(cost.flops > 0 && { gflops: cost.flops / seconds / 1e9 }),
    ...(cost.bytes > 0 && { gbps: cost.bytes / seconds / 1e9 }),
    percentOfCeiling: (100 * least) / seconds,
    rival: rival.place.device,
    ratio,
    ratioIqr,
  };
}

/**
 * Times one case, forward and (where there is a gradient) forward and backward together, in turn with the rival device (on CUDA by its events, caches wiped).
 * Views, which compute nothing, give no rows.
 * @internal
 */
export async function timeCase(opCase: OpCase, options: OpBenchOptions): Promise<BenchRow[]> {
  const { dtypes } = opCase;
  const dtype = dtypes === undefined || dtypes.includes(options.dtype) ? options.dtype : dtypes[0]!;
  const numbers = drawInputs(opCase, options.seed);
  const ours = new CasePlace(opCase, numbers, options.device, dtype);
  const rival = new CasePlace(opCase, numbers, options.rival, dtype);
  try {
    const rows: BenchRow[] = [];
    const passes: Pass[] = ours.isDifferentiable ? ['forward', 'training'] : ['forward'];
    for (const pass of passes) {
      const row = await timePass(new Stretch(ours, pass), new Stretch(rival, pass), options);
      if (row !== undefined) rows.push({ ...row, name: opCase.name });
    }
    return rows;
  } finally {
    ours.dispose();
    rival.dispose();
  }
}
