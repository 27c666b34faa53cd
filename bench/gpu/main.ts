// Kernels and models on a GPU beside PyTorch: node dist/bench/gpu/main.js [--only attention,norm,adamw,gemm,bert,training]
//   [--json FILE] [--seconds N] [--python python3] [--rival-device cuda] [--lengths lengths.json]. Ops by CUDA events with
// wiped caches, models by the clock; both sides in turn. FILE is whole after each row. Past N seconds no row begins,
// and it ends with 124. The last line is the result.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { CudaTimer } from '../../lib/cli/bench_ops/cuda_timer.js';
import { devices } from '../../lib/index.js';
import { cudaPeak } from '../../lib/native/cuda_peak.js';
import { writeFileAtomic } from '../../lib/util/atomic_write.js';
import type { BenchRow } from '../../lib/util/bench_schema.js';
import { packageRoot } from '../../lib/util/package_info.js';
import { benchResult } from '../report.js';
import type { GpuBench } from './compare.js';
import { bertBench, trainingBench } from './models.js';
import { adamwBench, attentionBench, gemmBench, normBench } from './ops.js';
import { Rival } from './rival.js';

const BENCHES = {
  attention: attentionBench,
  norm: normBench,
  adamw: adamwBench,
  gemm: gemmBench,
  bert: bertBench,
  training: trainingBench,
} as const;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: Object.keys(BENCHES).join() },
    json: { type: 'string' },
    seconds: { type: 'string', default: 'Infinity' },
    python: { type: 'string', default: 'python3' },
    'rival-device': { type: 'string', default: 'cuda' },
    lengths: { type: 'string', default: path.join(packageRoot(), 'lengths.json') },
  },
});
const deadline = performance.now() + 1000 * Number(values.seconds);
/** As `timeout` ends. */
const OUT_OF_TIME = 124;
const failures: { bench: string; message: string }[] = [];
const rows: BenchRow[] = [];
let isLate = false;

function show({
  name,
  params,
  medianMs,
  gflops,
  gbps,
  percentOfCeiling,
  rival,
  ratio,
  ratioIqr,
  skipped,
}: BenchRow): void {
  const sizes = Object.entries(params).map(([key, value]) => `${key} ${String(value)}`);
  const speeds = [
    gflops === undefined ? '' : `, ${(gflops / 1e3).toFixed(1)} TFLOP/s`,
    gbps === undefined ? '' : `, ${gbps.toFixed(0)} GB/s`,
    percentOfCeiling === undefined ? '' : `, ${percentOfCeiling.toFixed(0)} % of the ceiling`,
  ];
  const against =
    skipped ?? (ratio === undefined ? '' : `${ratio.toFixed(2)} of its time (spread ${ratioIqr!.toFixed(2)})`);
  console.log(`${name} (${sizes.join(', ')}): ${medianMs.toPrecision(4)} ms${speeds.join('')}; ${rival}: ${against}`);
}

async function openBench(): Promise<GpuBench> {
  const { id: device } = devices().find(({ kind, reason }) => kind === 'cuda' && reason === undefined) ?? {
    id: 'cuda',
  };
  const timer = new CudaTimer(device);
  const { isEmulation, half } = cudaPeak(device);
  const ceiling = { bytesPerSecond: await timer.copyBandwidth(), ...(half !== undefined && { half }) };
  const rival = await Rival.open(values.python, values['rival-device']);
  const lengths = JSON.parse(readFileSync(values.lengths, 'utf8')) as GpuBench['lengths'];
  return { device, timer, rival, ceiling, isTiny: isEmulation, lengths };
}

/** The result of what was timed so far, written to the file if one is named. */
async function keep(bench: GpuBench): Promise<string> {
  const rivals = bench.rival.version === undefined ? {} : { pytorch: bench.rival.version };
  const result = await benchResult({ bench: 'gpu', rows, rivals, device: bench.device, dtype: 'mixed' });
  const text = JSON.stringify({ ...result, failures });
  if (values.json !== undefined) await writeFileAtomic(values.json, `${text}\n`);
  return text;
}

async function runBench(name: keyof typeof BENCHES, bench: GpuBench): Promise<void> {
  try {
    for await (const row of BENCHES[name](bench)) {
      rows.push(row);
      show(row);
      await keep(bench);
      if (performance.now() > deadline) {
        isLate = true;
        return;
      }
    }
  } catch (error) {
    // One bench that cannot run must not cost the others their figures; the exit code tells.
    failures.push({ bench: name, message: (error as Error).message });
    console.error(`${name}: ${(error as Error).stack}`);
  }
}

const bench = await openBench();
const gbps = bench.ceiling.bytesPerSecond / 1e9;
rows.push({ name: 'ceiling: copy', params: {}, samples: [0], medianMs: 0, minMs: 0, iqrMs: 0, gbps });
console.log(`${bench.device}: copies at ${gbps.toFixed(1)} GB/s; PyTorch: ${bench.rival.version ?? 'not there'}`);
for (const name of values.only.split(',')) {
  if (!(name in BENCHES))
    throw new Error(`bench gpu: --only must name ${Object.keys(BENCHES).join(', ')}, got ${name}`);
  if (performance.now() > deadline) isLate = true;
  else await runBench(name as keyof typeof BENCHES, bench);
}
await bench.rival.close();
console.log(await keep(bench));
process.exit(failures.length > 0 ? 1 : isLate ? OUT_OF_TIME : 0);
