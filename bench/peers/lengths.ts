import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { PreTrainedTokenizer } from 'gridstride';
import { packageRoot } from '../../lib/util/package_info.js';

/** Batches of real lengths in one run. */
export const REAL_BATCHES = 4;

/** Sequence lengths of real texts. */
export interface RealLengths {
  /** `texts`, or `mails`: those of the example's mails, counted once. */
  readonly source: string;
  readonly maxLength: number;
  readonly lengths: readonly number[];
}

/** Lengths of texts by the model's tokenizer; without texts the list that comes with the bench. */
export async function realLengths(
  texts: readonly string[] | undefined,
  tokenizer: PreTrainedTokenizer | undefined,
  maxLength: number,
): Promise<RealLengths> {
  if (texts !== undefined && tokenizer !== undefined) {
    const { inputIds } = await tokenizer([...texts], { truncation: true, maxLength });
    return { source: 'texts', maxLength, lengths: inputIds.map((ids) => ids.length) };
  }
  const file = path.join(packageRoot(), 'bench', 'peers', 'mail_lengths.json');
  const all = JSON.parse(readFileSync(file, 'utf8')) as number[];
  return { source: 'mails', maxLength, lengths: all.map((length) => Math.min(length, maxLength)) };
}

/** Lists of `size` sequences each, in order. */
function inBatches(sequences: readonly number[], size: number): number[][] {
  return Array.from({ length: Math.ceil(sequences.length / size) }, (_, b) =>
    sequences.slice(b * size, (b + 1) * size),
  );
}

/** What one run computes: sequences in the order they came, and sorted by length. */
export interface BatchedLengths {
  readonly lengths: readonly number[];
  readonly batches: readonly (readonly number[])[];
  readonly sorted: readonly (readonly number[])[];
  /** Real tokens, and those of the same batches padded to their longest sequences. */
  readonly tokens: number;
  readonly paddedTokens: number;
}

/** Batches of `size` sequences. */
export function batched(lengths: readonly number[], size: number): BatchedLengths {
  const order = [...lengths.keys()];
  const batches = inBatches(order, size);
  const sorted = inBatches(
    order.toSorted((a, b) => lengths[a]! - lengths[b]!),
    size,
  );
  const padded = batches.map((batch) => batch.length * Math.max(...batch.map((s) => lengths[s]!)));
  const total = (numbers: readonly number[]): number => numbers.reduce((sum, n) => sum + n, 0);
  return { lengths, batches, sorted, tokens: total(lengths), paddedTokens: total(padded) };
}
