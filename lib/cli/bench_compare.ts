import { readFile } from 'node:fs/promises';
import Table from 'cli-table3';
import pc from 'picocolors';
import { type BenchResult, type BenchRow, parseBenchResult } from '../util/bench_schema.js';
import { DataError } from '../util/errors.js';
import type { CliIo, RegisterVerb } from './io.js';

/**
 * One row of a bench in two results.
 * @internal
 */
export interface RowComparison {
  name: string;
  params: BenchRow['params'];
  beforeMs: number;
  afterMs: number;
  /** Median after over median before. */
  ratio: number;
  /** Both rows' interquartile ranges over their medians, combined: the change that chance may cause. */
  noise: number;
  verdict: 'slower' | 'faster' | 'same';
}

/**
 * Two results of one bench, row by row.
 * @internal
 */
export interface BenchComparison {
  bench: string;
  rows: RowComparison[];
  slower: number;
  faster: number;
  /** Names of rows that only one result has. */
  onlyBefore: string[];
  onlyAfter: string[];
  /** What makes the two hard to compare: another machine, device, thread count. */
  warnings: string[];
}

/**
 * Compares the median of each row with the same name and params. A row is slower (faster) when its median grew
 * (shrank) by more than its noise.
 *
 * @throws {DataError} The results are of different benches, repeat a row, or share none.
 * @internal
 */
export function compareBenches(before: BenchResult, after: BenchResult): BenchComparison {
  if (before.bench !== after.bench) {
    const got = `${before.bench} and ${after.bench}`;
    throw new DataError(`bench compare: both files must be of one bench, got ${got}`, { benches: got });
  }
  const [old, now] = [rowsByLabel(before), rowsByLabel(after)];
  const shared = [...old.keys()].filter((label) => now.has(label));
  if (shared.length === 0) {
    const got = `${old.size} and ${now.size} rows with different names or params`;
    throw new DataError(`bench compare: the files must share a row, got ${got}`);
  }
  const rows = shared.map((label) => compareRows(old.get(label)!, now.get(label)!));
  return {
    bench: before.bench,
    rows,
    slower: rows.filter((row) => row.verdict === 'slower').length,
    faster: rows.filter((row) => row.verdict === 'faster').length,
    onlyBefore: [...old.keys()].filter((label) => !now.has(label)),
    onlyAfter: [...now.keys()].filter((label) => !old.has(label)),
    warnings: findDifferences(before, after),
  };
}

function labelOf({ name, params }: Pick<BenchRow, 'name' | 'params'>): string {
  const list = Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1));
  return [name, ...list.map(([key, value]) => `${key}=${value}`)].join(' ');
}

function rowsByLabel({ bench, rows }: BenchResult): Map<string, BenchRow> {
  const byLabel = new Map<string, BenchRow>();
  for (const row of rows) {
    const label = labelOf(row);
    if (byLabel.has(label)) throw new DataError(`bench compare: a row must occur once in ${bench}, got ${label} twice`);
    byLabel.set(label, row);
  }
  return byLabel;
}

function compareRows(before: BenchRow, after: BenchRow): RowComparison {
  const spread = ({ iqrMs, medianMs }: BenchRow): number => (medianMs === 0 ? 0 : iqrMs / medianMs);
  const noise = Math.hypot(spread(before), spread(after));
  const ratio = before.medianMs === after.medianMs ? 1 : after.medianMs / before.medianMs;
  const verdict = ratio > 1 + noise ? 'slower' : ratio < 1 / (1 + noise) ? 'faster' : 'same';
  const { name, params } = before;
  return { name, params, beforeMs: before.medianMs, afterMs: after.medianMs, ratio, noise, verdict };
}

function findDifferences(before: BenchResult, after: BenchResult): string[] {
  const facts = (result: BenchResult): Record<string, string | number> => ({
    cpu: result.machine.cpu,
    'instruction sets': result.machine.isa.join(' '),
    cores: result.machine.cores,
    threads: result.threads,
    device: result.device,
    dtype: result.dtype,
    node: result.versions.node,
  });
  const now = facts(after);
  return Object.entries(facts(before))
    .filter(([name, value]) => now[name] !== value)
    .map(([name, value]) => `${name} differs: ${value} and ${now[name]}`);
}

function toTable({ rows }: BenchComparison, hasColors: boolean): string {
  const colors = pc.createColors(hasColors);
  const paint = { slower: colors.red, faster: colors.green, same: (text: string) => text };
  const table = new Table({
    head: ['row', 'before ms', 'after ms', 'ratio', 'noise', ''],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) {
    table.push([
      labelOf(row),
      row.beforeMs.toPrecision(4),
      row.afterMs.toPrecision(4),
      `${row.ratio.toFixed(3)}x`,
      `±${(row.noise * 100).toFixed(1)} %`,
      paint[row.verdict](row.verdict),
    ]);
  }
  return `${table.toString()}\n`;
}

async function readBench(path: string): Promise<BenchResult> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new DataError(
      `bench compare: the file must be readable, got ${code} for ${path}`,
      { path },
      { cause: error },
    );
  }
  return parseBenchResult(path, text);
}

async function compareFiles(paths: readonly [string, string], isJson: boolean, io: CliIo): Promise<void> {
  const [before, after] = await Promise.all([readBench(paths[0]), readBench(paths[1])]);
  const comparison = compareBenches(before, after);
  for (const warning of comparison.warnings) io.stderr(`warning: ${warning}\n`);
  io.stdout(toTable(comparison, io.hasColors));
  for (const label of comparison.onlyBefore) io.stdout(`only in ${paths[0]}: ${label}\n`);
  for (const label of comparison.onlyAfter) io.stdout(`only in ${paths[1]}: ${label}\n`);
  const { rows, slower, faster } = comparison;
  io.stdout(`${rows.length} rows: ${slower} slower, ${faster} faster beyond their noise\n`);
  if (isJson) io.stdout(`${JSON.stringify(comparison)}\n`);
  io.exitCode = slower > 0 ? 1 : 0;
}

/**
 * The subcommand `bench compare A.json B.json`.
 * @internal
 */
export const registerCompare: RegisterVerb = (bench, io) => {
  bench
    .command('compare')
    .description('compare two results of one bench; exits 1 when a row got slower beyond its noise')
    .argument('<before>', 'JSON file, or whole output, of the earlier run')
    .argument('<after>', 'of the later run')
    .option('--json', 'print the comparison as one JSON object on the last line')
    .action((before: string, after: string, { json = false }: { json?: boolean }) =>
      compareFiles([before, after], json, io),
    );
};
