import { crossEntropy, embedding } from '../../../ops/index.js';
import type { Tensor } from '../../../tensor/tensor.js';
import type { HostArray, HostArrays } from '../host_array.js';
import type { HostPass, PassTensors } from '../pass.js';
import { IGNORE_INDEX } from '../targets.js';

/**
 * Words per token as a pass reads them. Where only the loss is wanted, `rows` are the labelled tokens: the same mean,
 * without the others' logits.
 * @internal
 */
export function wordTargets(
  all: HostArray & { values: Int32Array },
  { wants }: Pick<HostPass, 'wants'>,
  isPadded: boolean,
): HostArrays {
  const rows = Int32Array.from(all.values.keys()).filter((t) => all.values[t] !== IGNORE_INDEX);
  // A bucket's recording takes all of its tokens: how many are labelled changes from batch to batch.
  if (wants('logits') || isPadded || rows.length === 0 || rows.length === all.values.length) return { labels: all };
  return {
    rows: { values: rows, axes: [rows.length] },
    labels: { values: rows.map((t) => all.values[t]!), axes: [rows.length] },
  };
}

/**
 * The words' scores and their loss, as far as they are wanted.
 * @param hidden (T, C)
 * @param wordsOf the scores of states (..., C)
 * @internal
 */
export function wordOutputs(
  hidden: Tensor,
  { rows, labels }: PassTensors['targets'],
  { wants }: Pick<HostPass, 'wants'>,
  wordsOf: (hidden: Tensor) => Tensor,
): { loss: Tensor | undefined; logits: Tensor | undefined } {
  if (!wants('logits') && labels === undefined) return { loss: undefined, logits: undefined };
  const logits = wordsOf(rows === undefined ? hidden : embedding(hidden, rows));
  return { loss: labels && crossEntropy(logits, labels), logits: wants('logits') ? logits : undefined };
}
