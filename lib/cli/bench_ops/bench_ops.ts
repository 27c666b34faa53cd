import path from 'node:path';
import Table from 'cli-table3';
import { type Ceiling, measureCeiling } from '../../native/ceiling.js';
import { cudaPeak } from '../../native/cuda_peak.js';
import { resolveDevice } from '../../tensor/create.js';
import { configure, devices } from '../../tensor/device.js';
import { type DType, parseDType } from '../../tensor/dtype.js';
import { throwIfAborted } from '../../util/abort.js';
import { ensureWritableFolder, writeFileAtomic } from '../../util/atomic_write.js';
import { BENCH_SCHEMA, type BenchResult, type BenchRow, checkBenchResult } from '../../util/bench_schema.js';
import { ConfigError, GridstrideError } from '../../util/errors.js';
import { collectCommit, collectMachine, collectVersions } from '../../util/machine.js';
import type { CliIo, RegisterVerb } from '../io.js';
import { wholeNumber } from '../options.js';
import { loadCases, type OpCases } from './cases.js';
import { CudaTimer } from './cuda_timer.js';
import { SHAPED_OPS } from './shaped_ops.js';
import { shapedCases } from './shapes.js';
import { type OpBenchOptions, timeCase } from './time_case.js';

const REFERENCE = 'cpu:reference';

interface Flags {
  op?: string;
  shape: string[];
  json?: boolean | string;
  device: string;
  dtype: string;
  threads?: number;
  runs: number;
  seed: number;
}

function toTable(rows: readonly BenchRow[]): string {
  const number = (value: number | undefined, digits: number) => (value === undefined ? '' : value.toFixed(digits));
  const table = new Table({
    head: ['case', 'pass', 'ms', 'spread', 'GB/s', 'GFLOP/s', '% ceiling', 'times the rival', '±'],
    colAligns: ['left', 'left', ...new Array<'right'>(7).fill('right')],
    style: { head: [], border: [], compact: true },
  });
  for (const { name, params, medianMs, iqrMs, gbps, gflops, percentOfCeiling, ratio, ratioIqr } of rows) {
    const spread = `${((100 * iqrMs) / medianMs).toFixed(0)} %`;
    const faster = `${(1 / ratio!).toFixed(1)}x`;
    const noise = `${((100 * ratioIqr!) / ratio!).toFixed(0)} %`;
    const speeds = [number(gbps, 1), number(gflops, 1), number(percentOfCeiling, 0)];
    table.push([name, params['pass'], medianMs.toPrecision(4), spread, ...speeds, faster, noise]);
  }
  return `${table.toString()}\n`;
}

/** The cases of the checkout, or one op's with the shapes given. */
async function casesOf(filter: string | undefined, { op, shape }: Flags): Promise<OpCases[]> {
  if (op !== undefined && filter !== undefined)
    throw new ConfigError(`bench ops: --op and a filter exclude each other, got ${op} and ${filter}`);
  if (op !== undefined) return [shapedCases(op, shape)];
  if (shape.length === 0) return loadCases(filter);
  throw new ConfigError(`bench ops: --shape needs --op, one of ${Object.keys(SHAPED_OPS).join(', ')}`);
}

async function runCases(chosen: readonly OpCases[], options: OpBenchOptions, io: CliIo): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const { op, cases } of chosen) {
    for (const each of cases) {
      throwIfAborted(io.signal, 'bench ops');
      io.stderr(`${op}: ${each.name}\n`);
      try {
        rows.push(...(await timeCase(each, options)));
      } catch (error) {
        if (!(error instanceof GridstrideError)) throw error;
        // One case that cannot run must not cost the others their figures; the exit code tells.
        io.stderr(`  failed: ${error.message}\n`);
        io.exitCode = 1;
      }
    }
  }
  return rows;
}

async function toResult(rows: BenchRow[], { device, dtype, seed }: OpBenchOptions, ceiling: Ceiling) {
  const [machine, commit] = await Promise.all([collectMachine(), collectCommit()]);
  const { threads = 1 } = devices()[0]!;
  const flopCeiling = { name: 'ceiling: multiply-add', gflops: ceiling.flops / 1e9 };
  const copyCeiling = { name: 'ceiling: copy', gbps: ceiling.bytesPerSecond / 1e9 };
  const ceilings = Number.isFinite(ceiling.flops) ? [flopCeiling, copyCeiling] : [copyCeiling];
  const timeless = { params: {}, samples: [0], medianMs: 0, minMs: 0, iqrMs: 0 };
  return checkBenchResult('bench ops', {
    schema: BENCH_SCHEMA,
    bench: 'ops',
    machine,
    versions: collectVersions(),
    commit,
    seed,
    threads,
    device,
    dtype,
    rows: [...ceilings.map((row) => ({ ...timeless, ...row })), ...rows],
  } satisfies BenchResult);
}

const nameOf = (device: string): string => devices().find(({ id }) => id === device)?.name ?? device;

/** The copy bandwidth as measured; the device's peak, or no bound where that is not known. */
async function cudaCeiling(cuda: CudaTimer, dtype: DType): Promise<Ceiling> {
  const { f32, half } = cudaPeak(cuda.device);
  const flops = dtype === 'f32' ? f32 : half;
  return { flops: flops ?? Infinity, bytesPerSecond: await cuda.copyBandwidth() };
}

async function benchOps(filter: string | undefined, flags: Flags, io: CliIo): Promise<void> {
  const chosen = await casesOf(filter, flags);
  if (typeof flags.json === 'string') await ensureWritableFolder(path.dirname(flags.json));
  if (flags.threads !== undefined) configure({ threads: flags.threads });
  const { name, threads = 1 } = devices()[0]!;
  const device = resolveDevice(flags.device);
  const isa = device.startsWith('cpu:') ? device.slice('cpu:'.length) : name;
  const { runs, seed } = flags;
  const dtype = parseDType(flags.dtype);
  const cuda = device.startsWith('cuda') ? new CudaTimer(device) : undefined;
  const ceiling = cuda === undefined ? await measureCeiling(isa, threads, io.signal) : await cudaCeiling(cuda, dtype);
  const rival = cuda === undefined ? REFERENCE : 'cpu';
  const options = { device, rival, dtype, runs, seed, ceiling, ...(cuda && { cuda }) };
  const rows = await runCases(chosen, options, io);
  cuda?.dispose();
  io.stdout(toTable(rows));
  const place = cuda === undefined ? `${device} (${isa}, ${threads} threads)` : `${device} (${nameOf(device)})`;
  io.stdout(
    `${rows.length} rows on ${place} against ${rival}; ceilings: ` +
      `${Number.isFinite(ceiling.flops) ? `${(ceiling.flops / 1e9).toFixed(0)} GFLOP/s, ` : ''}${(ceiling.bytesPerSecond / 1e9).toFixed(1)} GB/s copying\n`,
  );
  if (flags.json === undefined) return;
  const result = await toResult(rows, options, ceiling);
  if (typeof flags.json === 'string') await writeFileAtomic(flags.json, `${JSON.stringify(result, null, 1)}\n`);
  io.stdout(`${JSON.stringify(result)}\n`);
}

/**
 * The subcommand `bench ops`.
 * @internal
 */
export const registerBenchOps: RegisterVerb = (bench, io) => {
  bench
    .command('ops')
    .description(
      "time every op's cases (source checkout only), or one op's shapes, against the reference path, in turn",
    )
    .argument('[filter]', "part of an op's or a case's name")
    .option('--op <name>', `one op, with --shape: ${Object.keys(SHAPED_OPS).join(', ')}`)
    .option(
      '--shape <sizes>',
      'sizes of --op by letter, such as b=8,h=12,s=512,d=64 of attention or m=1024,n=3072,k=768 of linear; may be repeated',
      (text: string, before: string[]) => [...before, text],
      [],
    )
    .option(
      '--device <name>',
      'cpu, cpu:avx2 and the like, or cuda: timed by its events, caches wiped, against the CPU',
      'cpu',
    )
    .option('--dtype <type>', 'of the inputs', 'f32')
    .option('--threads <n>', 'compute threads', wholeNumber(1))
    .option('--runs <n>', 'timed runs of each', wholeNumber(1), 7)
    .option('--seed <n>', 'of the inputs', wholeNumber(0), 42)
    .option('--json [file]', 'print the result as one JSON object on the last line, and write it to the file')
    .action((filter: string | undefined, flags: Flags) => benchOps(filter, flags, io));
};
