import { stat } from 'node:fs/promises';
import path from 'node:path';
import { noGrad } from '../autograd/tape.js';
import { resolveSource } from '../hub/resolve.js';
import { createAs, loadModel, modelNeed, namedClass, readConfigFile } from '../models/from_pretrained.js';
import type { ModelInputs, ModelOutput, PreTrainedModel } from '../models/index.js';
import { configure, devices, sync } from '../tensor/device.js';
import { parseDType } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import { trace } from '../tensor/trace.js';
import { throwIfAborted } from '../util/abort.js';
import { BENCH_SCHEMA, type BenchResult, checkBenchResult } from '../util/bench_schema.js';
import { ConfigError } from '../util/errors.js';
import { collectCommit, collectMachine, collectVersions } from '../util/machine.js';
import { PhiloxRandom } from '../util/philox.js';
import { formatBytes, peakResidentBytes } from '../util/process_memory.js';
import { timeRuns } from '../util/statistics.js';
import type { CliIo, RegisterVerb } from './io.js';
import { wholeNumber } from './options.js';

/** Settings of a model's bench. @internal */
export interface ModelBenchOptions {
  /** A folder, a name on the hub, or a config.json whose weights are drawn from the seed. */
  model: string;
  batch: number;
  seq: number;
  dtype: string;
  device: string;
  threads?: number;
  runs: number;
  warmups: number;
  seed: number;
}

async function openModel({ model, device, dtype, seed }: ModelBenchOptions): Promise<PreTrainedModel> {
  const folder = await resolveSource('bench model', model, modelNeed, {});
  const found = await stat(folder).catch(() => undefined);
  if (found === undefined) throw new ConfigError(`bench model: --model must exist, got ${model}`, { model });
  const place = { device, dtype: dtype === 'auto' ? ('auto' as const) : parseDType(dtype) };
  if (found.isDirectory()) return loadModel(folder, place);
  return createAs<PreTrainedModel>(await readConfigFile(model), { ...place, seed }, ({ classes }, config) =>
    Array.isArray(config['architectures']) ? namedClass(config) : classes.base,
  );
}

/** Random words in full rows: (B, S), no padding. */
function makeInputs({ batch, seq, seed }: ModelBenchOptions, model: PreTrainedModel): ModelInputs {
  const { maxLength, spec } = model.encoder;
  if (seq > maxLength)
    throw new ConfigError(`bench model: --seq must be at most the model's ${maxLength}, got ${seq}`, { seq });
  const random = new PhiloxRandom(seed);
  const data = Int32Array.from({ length: batch * seq }, () => random.nextBelow(spec.vocabSize));
  return { inputIds: { data, shape: [batch, seq] } };
}

function firstTensor(outputs: ModelOutput): Tensor {
  return (Object.values(outputs) as Tensor[])[0]!;
}

/**
 * Times forward passes of full rows: each run ends when the first output has been read.
 * @throws {ConfigError} The model, or a size, does not fit.
 * @throws {AbortError} The signal fired.
 * @internal
 */
export async function benchModel(options: ModelBenchOptions, signal?: AbortSignal): Promise<BenchResult> {
  if (options.threads !== undefined) configure({ threads: options.threads });
  const { threads = 1 } = devices()[0]!;
  // The addon is loaded by now: what a process holds that only imports the library.
  const before = peakResidentBytes();
  const model = await openModel(options);
  try {
    const inputs = makeInputs(options, model);
    const forward = () => noGrad(() => model.forward(inputs));
    const run = async (): Promise<void> => {
      throwIfAborted(signal, 'bench model');
      using outputs = forward();
      await firstTensor(outputs).data();
    };
    const times = await timeRuns(run, options.runs, options.warmups);
    const peakMemoryBytes = Math.max(0, peakResidentBytes() - before);
    const { events } = await trace(() => forward().dispose(), { device: model.device });
    const flops = events.reduce((sum, event) => sum + event.flops, 0);
    await sync(model.device);
    const { batch, seq, seed } = options;
    const tokensPerSecond = (batch * seq * 1e3) / times.medianMs;
    const totals = { medianMs: times.medianMs, minMs: times.minMs, tokensPerSecond, peakMemoryBytes };
    const name = path.basename(path.resolve(options.model));
    const params = { model: name, architecture: model.architecture, batch, seq };
    const [machine, commit] = await Promise.all([collectMachine(), collectCommit()]);
    const row = { name: 'forward', params, ...times, ...totals };
    return checkBenchResult('bench model', {
      schema: BENCH_SCHEMA,
      bench: 'model',
      machine,
      versions: collectVersions(),
      commit,
      seed,
      threads,
      device: model.device,
      dtype: model.dtype,
      rows: [flops > 0 ? { ...row, gflops: flops / times.medianMs / 1e6 } : row],
      ...totals,
    });
  } finally {
    model.dispose();
  }
}

function toLine({ rows, threads, device, dtype, peakMemoryBytes }: BenchResult): string {
  const row = rows[0]!;
  const { model, architecture, batch, seq } = row.params;
  const speed = `${Math.round(row.tokensPerSecond!)} tokens/s${row.gflops ? `, ${row.gflops.toFixed(1)} GFLOP/s` : ''}`;
  const time = `median ${row.medianMs.toFixed(2)} ms, min ${row.minMs.toFixed(2)} ms, spread ${row.iqrMs.toFixed(2)} ms`;
  const place = `${device}, ${dtype}, ${threads} threads`;
  return (
    `${model} (${architecture}), batch ${batch}, sequence ${seq}, ${place}\n` +
    `${time} of ${row.samples.length} runs; ${speed}; peak memory ${formatBytes(peakMemoryBytes ?? 0)}\n`
  );
}

/**
 * The subcommand `bench model`.
 * @internal
 */
export const registerBenchModel: RegisterVerb = (bench, io: CliIo) => {
  const count = wholeNumber(1);
  bench
    .command('model')
    .description("time a model's forward pass on full rows of random words")
    .requiredOption('--model <path>', 'folder, name on the hub, or config.json for random weights')
    .option('--batch <n>', 'rows', count, 8)
    .option('--seq <n>', 'tokens of each row', count, 128)
    .option('--dtype <type>', "f32, bf16, f16, or auto: the checkpoint's own", 'f32')
    .option('--device <name>', 'auto, cpu, cuda, cuda:1, or cpu:avx2 and the like', 'auto')
    .option('--threads <n>', 'compute threads', count)
    .option('--runs <n>', 'timed runs', count, 7)
    .option('--warmups <n>', 'runs before them', wholeNumber(0), 2)
    .option('--seed <n>', 'of words and random weights', wholeNumber(0), 42)
    .option('--json', 'print the result as one JSON object on the last line')
    .action(async ({ json = false, ...options }: ModelBenchOptions & { json?: boolean }) => {
      const result = await benchModel(options, io.signal);
      io.stdout(toLine(result));
      if (json) io.stdout(`${JSON.stringify(result)}\n`);
    });
};
