import Table from 'cli-table3';
import type { BenchRow } from '../../lib/util/bench_schema.js';
import { formatBytes } from '../../lib/util/process_memory.js';

const HEAD = ['work', 'model', 'batch', 'lengths', 'dtype', 'ms', 'rival', 'its ms', 'times as fast', '±', 'note'];

const shown = (value: unknown): string => (value === undefined ? '' : String(value));

function noteOf({ params, skipped, peakMemoryBytes }: BenchRow): string {
  if (skipped !== undefined) return `skipped: ${skipped}`;
  const { tokenRatio, maxLength, ofWeights, memoryRatio, way } = params;
  if (peakMemoryBytes !== undefined) {
    const beside = memoryRatio === undefined ? '' : `, ${Number(memoryRatio).toFixed(2)} of the rival's`;
    return `${formatBytes(peakMemoryBytes)}: ${Number(ofWeights).toFixed(2)} of the weights${beside}`;
  }
  if (tokenRatio !== undefined) return `token ratio ${Number(tokenRatio).toFixed(3)}, at most ${shown(maxLength)}`;
  return shown(way);
}

/** How many times as fast as the rival each row is, with its spread. */
export function tableOf(rows: readonly BenchRow[]): string {
  const table = new Table({ head: HEAD, style: { head: [], border: [], compact: true } });
  for (const row of rows) {
    const { name, params, medianMs, rival, ratio, ratioIqr } = row;
    const { model, batch, texts, lengths, dtype, rivalMs } = params;
    table.push([
      name,
      shown(model),
      shown(batch),
      lengths === undefined ? `${shown(texts)} texts` : shown(lengths),
      shown(dtype),
      medianMs.toPrecision(4),
      shown(rival),
      rivalMs === undefined ? '' : Number(rivalMs).toPrecision(4),
      ratio === undefined ? '' : (1 / ratio).toFixed(2),
      ratio === undefined ? '' : (ratioIqr! / ratio ** 2).toFixed(2),
      noteOf(row),
    ]);
  }
  return `${table.toString()}\n`;
}
