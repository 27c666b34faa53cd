import { embedding } from '../../../ops/index.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { ConfigError } from '../../../util/errors.js';
import type { HostArrays } from '../host_array.js';
import type { Layout } from '../pack.js';
import type { HeadOutputs, HostPass, PassTensors } from '../pass.js';
import { wordOutputs } from './word_loss.js';

/**
 * `kept`: the packed rows of the last tokens of each sequence (B, n), -1 where it is shorter; nothing without a count.
 * @throws ConfigError for what is no count
 * @internal
 */
export function keptRows(where: string, count: number | undefined, { lengths }: Layout): HostArrays {
  if (count === undefined) return {};
  if (!Number.isInteger(count) || count < 1 || count > 2 ** 24)
    throw new ConfigError(`${where}: logitsToKeep must be a whole number from 1, got ${String(count)}`, {
      logitsToKeep: count,
    });
  const values = new Int32Array(lengths.length * count).fill(-1);
  let end = 0;
  lengths.forEach((length, row) => {
    end += length;
    for (let back = 1; back <= Math.min(count, length); back++) values[(row + 1) * count - back] = end - back;
  });
  return { kept: { values, axes: ['batch', count], padding: -1 } };
}

/** What a loss is to know of the outputs that are wanted: whether it may leave out tokens without a label. @internal */
export function wantsAllLogits(wants: HostPass['wants'], count: number | undefined): HostPass['wants'] {
  return (name) => wants(name) && (name !== 'logits' || count === undefined);
}

/**
 * The words' scores of all tokens, or of the `kept` ones (B, n, V), and their loss.
 * @param hidden (T, C)
 * @param wordsOf the scores of states (..., C)
 * @internal
 */
export function keptOutputs(
  hidden: Tensor,
  targets: PassTensors['targets'],
  { wants }: Pick<HostPass, 'wants'>,
  wordsOf: (hidden: Tensor) => Tensor,
): HeadOutputs {
  const { kept } = targets;
  if (kept === undefined) {
    const { loss, logits } = wordOutputs(hidden, targets, { wants }, wordsOf);
    return { loss, perToken: { logits } };
  }
  const { loss } = wordOutputs(hidden, targets, { wants: () => false }, wordsOf);
  const logits = wants('logits') ? wordsOf(embedding(hidden, kept, { allowMissing: true })) : undefined;
  return { loss, perSequence: { logits } };
}
