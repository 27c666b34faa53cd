import Table from 'cli-table3';
import type { Module } from './module.js';

/** One module of a {@link ModelSummary}: what it holds itself, without those below it. */
export interface SummaryRow {
  name: string;
  type: string;
  /** Names and shapes of its parameters, `weight (4, 8)`. */
  shapes: string;
  parameters: number;
  bytes: number;
}

/** The parameters of a model, module by module; `toString()` is a table. */
export interface ModelSummary {
  rows: SummaryRow[];
  parameters: number;
  /** Parameters that take gradients. */
  trainable: number;
  bytes: number;
  toString(): string;
}

const grouped = new Intl.NumberFormat('en-US');

/**
 * Counts a model's parameters and their bytes; shared ones once.
 *
 * @example
 * ```ts
 * import { Linear, summary } from 'gridstride';
 * const { parameters, bytes } = summary(new Linear(3, 2));
 * console.log(parameters, bytes); // 8 32
 * ```
 */
export function summary(model: Module): ModelSummary {
  const seen = new Set<unknown>();
  const rows: SummaryRow[] = [];
  let trainable = 0;
  for (const [name, module] of model.namedModules()) {
    const own = module.ownSlots().filter(({ value }) => !seen.has(value));
    if (own.length === 0) continue;
    for (const { value } of own) {
      seen.add(value);
      if (value.requiresGrad) trainable += value.size;
    }
    rows.push({
      name: name === '' ? '(root)' : name,
      type: module.constructor.name,
      shapes: own.map((slot) => `${slot.name} (${slot.value.shape.join(', ')})`).join(', '),
      parameters: own.reduce((sum, { value }) => sum + value.size, 0),
      bytes: own.reduce((sum, { value }) => sum + value.byteLength, 0),
    });
  }
  const parameters = rows.reduce((sum, row) => sum + row.parameters, 0);
  const bytes = rows.reduce((sum, row) => sum + row.bytes, 0);
  return { rows, parameters, trainable, bytes, toString: () => table(rows, { parameters, trainable, bytes }) };
}

function table(rows: readonly SummaryRow[], total: { parameters: number; trainable: number; bytes: number }): string {
  const view = new Table({
    head: ['module', 'type', 'parameters', 'count', 'bytes'],
    colAligns: ['left', 'left', 'left', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const { name, type, shapes, parameters, bytes } of rows)
    view.push([name, type, shapes, grouped.format(parameters), grouped.format(bytes)]);
  const { parameters, trainable, bytes } = total;
  view.push(['total', '', `${grouped.format(trainable)} trainable`, grouped.format(parameters), grouped.format(bytes)]);
  return view.toString();
}
