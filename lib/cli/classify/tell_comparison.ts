import Table from 'cli-table3';
import type { CliIo } from '../io.js';
import type { Comparison } from './compare.js';

/** Names to the left, numbers to the right. */
const LOOK = {
  colAligns: ['left', 'right', 'right', 'right'],
  style: { head: [], border: [], compact: true },
} satisfies Table.TableConstructorOptions;

function shown(value: number): string {
  return String(Number(value.toPrecision(5)));
}

function signed(value: number): string {
  return value > 0 ? `+${shown(value)}` : shown(value);
}

function scoresTable({ before, after }: Comparison): string {
  const table = new Table({ head: ['metric', 'before', 'after', 'change'], ...LOOK });
  for (const [name, now] of Object.entries(after))
    table.push([name, shown(before[name]!), shown(now), signed(now - before[name]!)]);
  return table.toString();
}

function labelsTable(labels: NonNullable<Comparison['labels']>): string {
  const table = new Table({ head: ['label', 'rows', 'fixed', 'broken'], ...LOOK });
  for (const { label, rows, fixed, broken } of labels) table.push([label, rows, fixed, broken].map(String));
  return table.toString();
}

function testLine({
  bothRight,
  onlyFirstRight,
  onlySecondRight,
  bothWrong,
  pValue,
}: NonNullable<Comparison['mcnemar']>) {
  const counts = `right in both ${bothRight}, before alone ${onlyFirstRight}, after alone ${onlySecondRight}, in neither ${bothWrong}`;
  return `McNemar's test: ${counts}; p = ${shown(pValue)}`;
}

/** What differs between two models, for people. @internal */
export function tellComparison(comparison: Comparison, io: CliIo): void {
  const { mcnemar, labels, changed = 0, examples = [] } = comparison;
  io.stdout(`${scoresTable(comparison)}\n`);
  if (mcnemar === undefined || labels === undefined) return;
  io.stdout(`${testLine(mcnemar)}\n${changed} predictions changed\n${labelsTable(labels)}\n`);
  for (const { record, text, label, before, after } of examples)
    io.stdout(`record ${record} (${label}): ${before} -> ${after}: ${text.replace(/\s+/g, ' ').slice(0, 80)}\n`);
}
