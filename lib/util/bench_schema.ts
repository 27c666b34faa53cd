import { z } from 'zod';
import { DataError } from './errors.js';
import { parseJson } from './json.js';

/** Name and version of the form that all benches write. */
export const BENCH_SCHEMA = 'gridstride-bench/1';

const milliseconds = z.number().nonnegative();
const positive = z.number().positive();
const bytes = z.number().int().nonnegative();

const rowSchema = z.object({
  name: z.string().min(1),
  /** What was timed: sizes, options. Name and params together are unique in a file. */
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  /** Time of each run, in the order they ran. */
  samples: z.array(milliseconds).min(1),
  medianMs: milliseconds,
  minMs: milliseconds,
  iqrMs: milliseconds,
  gflops: positive.optional(),
  gbps: positive.optional(),
  /** Of what the machine was measured to reach, for the limit that binds. */
  percentOfCeiling: positive.optional(),
  /** What ran interleaved with this row. */
  rival: z.string().optional(),
  /** Our time over the rival's: median over pairs of runs, and its interquartile range. */
  ratio: positive.optional(),
  ratioIqr: z.number().nonnegative().optional(),
  /** Why the rival was not timed. */
  skipped: z.string().optional(),
  tokensPerSecond: positive.optional(),
  peakMemoryBytes: bytes.optional(),
});

const machineSchema = z.object({
  cpu: z.string(),
  /** Instruction sets under the engine's names. */
  isa: z.array(z.string()),
  cores: z.number().int().positive(),
  memoryBytes: bytes,
  kernel: z.string(),
});

const resultSchema = z.object({
  schema: z.literal(BENCH_SCHEMA),
  bench: z.string().min(1),
  machine: machineSchema,
  versions: z.object({ gridstride: z.string(), node: z.string() }).catchall(z.string()),
  commit: z.string(),
  seed: z.number().int().nonnegative(),
  threads: z.number().int().positive(),
  device: z.string(),
  dtype: z.string(),
  rows: z.array(rowSchema),
  medianMs: milliseconds.optional(),
  minMs: milliseconds.optional(),
  tokensPerSecond: positive.optional(),
  peakMemoryBytes: bytes.optional(),
});

/** One timed thing of a bench. */
export type BenchRow = z.infer<typeof rowSchema>;
/** The machine a bench ran on. */
export type BenchMachine = z.infer<typeof machineSchema>;
/** What every bench prints as its last line and writes to its file. */
export type BenchResult = z.infer<typeof resultSchema>;

/**
 * Checks a bench's result.
 *
 * @param where File or bench, first words of the error's text.
 * @throws {DataError} A field is missing or wrong; the text names the first one.
 * @internal
 */
export function checkBenchResult(where: string, value: unknown): BenchResult {
  const parsed = resultSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') || 'the whole';
  const text = `${where}: must be a result in the form ${BENCH_SCHEMA}, got a wrong ${field} (${issue?.message})`;
  throw new DataError(text, { field });
}

/**
 * Reads a result from a bench's JSON file or from its whole output, whose last line is the result.
 * @throws {DataError} There is no valid result in the text.
 * @internal
 */
export function parseBenchResult(where: string, text: string): BenchResult {
  const lastLine = text.trimEnd().split('\n').at(-1) ?? '';
  const refuse = (): DataError =>
    new DataError(`${where}: must hold JSON, as a whole or on its last line, got ${text.length} other characters`);
  let value: unknown;
  try {
    value = parseJson(text, refuse);
  } catch {
    value = parseJson(lastLine, refuse);
  }
  return checkBenchResult(where, value);
}
