import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DType } from '../../tensor/dtype.js';
import type { Generator } from '../../tensor/random.js';
import type { Segments } from '../../tensor/segments.js';
import type { Tensor } from '../../tensor/tensor.js';
import { ConfigError, DataError } from '../../util/errors.js';
import { packageRoot } from '../../util/package_info.js';

/** One input of a case, as test/ops/cases.ts has it. @internal */
export interface CaseInput {
  readonly shape: readonly number[];
  readonly dtype?: DType;
  readonly values?: (i: number, random: () => number) => number;
  readonly requiresGrad?: boolean;
}

/** What a case may ask of the place it runs in. @internal */
export interface CaseContext {
  readonly device: string;
  readonly dtype: DType;
  segments(lengths: readonly number[]): Segments;
  generator(seed: number): Generator;
}

/** What benches read of a test's case. @internal */
export interface OpCase {
  readonly name: string;
  readonly inputs: readonly CaseInput[];
  readonly options: unknown;
  run(tensors: readonly Tensor[], options: unknown, context: CaseContext): Tensor | readonly Tensor[];
  readonly gradient?: boolean;
  readonly dtypes?: readonly DType[];
  readonly bench?: boolean;
}

/** The cases of one op's file. @internal */
export interface OpCases {
  /** File's stem: `layer_norm`. */
  op: string;
  cases: readonly OpCase[];
}

const elementsOf = ({ inputs }: OpCase): number =>
  inputs.reduce((sum, { shape }) => sum + shape.reduce((product, n) => product * n, 1), 0);

/** The cases made for benches; of an op that has none, its largest. */
function chosen(cases: readonly OpCase[]): readonly OpCase[] {
  const marked = cases.filter(({ bench }) => bench === true);
  if (marked.length > 0) return marked;
  const largest = cases.reduce<OpCase | undefined>(
    (best, each) => (best === undefined || elementsOf(each) > elementsOf(best) ? each : best),
    undefined,
  );
  return largest === undefined ? [] : [largest];
}

/**
 * The ops' cases, which tests and benches share, from the compiled checkout.
 *
 * @param filter Part of an op's or a case's name.
 * @param folder Where they are.
 * @throws {ConfigError} There are none: an installed package holds no tests; or the filter leaves none.
 * @internal
 */
export async function loadCases(
  filter: string | undefined,
  folder: string = path.join(packageRoot(), 'dist', 'test', 'ops'),
): Promise<OpCases[]> {
  const files = existsSync(folder) ? await readdir(folder, { recursive: true }) : [];
  const names = files.filter((name) => name.endsWith('.cases.js')).sort();
  if (names.length === 0) {
    const rule = "the ops' cases must be there; the installed package has none, a source checkout has them once built";
    throw new ConfigError(`bench ops: ${rule} (npm run build), got none in ${folder}`, { folder });
  }
  const found: OpCases[] = [];
  for (const name of names) {
    const module = (await import(pathToFileURL(path.join(folder, name)).href)) as { cases?: readonly OpCase[] };
    if (!Array.isArray(module.cases)) throw new DataError(`bench ops: ${name} must export cases, got none`, { name });
    const op = path.basename(name, '.cases.js');
    const all = chosen(module.cases as readonly OpCase[]);
    const cases = filter === undefined || op.includes(filter) ? all : all.filter((each) => each.name.includes(filter));
    if (cases.length > 0) found.push({ op, cases });
  }
  if (found.length > 0) return found;
  throw new ConfigError(`bench ops: the filter must match an op or a case, got ${filter}`, { filter });
}
