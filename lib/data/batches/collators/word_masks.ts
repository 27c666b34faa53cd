import type { PhiloxRandom } from '../../../util/philox.js';
import { IGNORE_INDEX } from './batch_form.js';

/** What is masked, and by what. @internal */
export interface MaskRule {
  probability: number;
  /** Share of the chosen tokens that become the mask token. */
  masked: number;
  /** Share of the chosen tokens that become any token. */
  random: number;
  maskId: number;
  vocabSize: number;
}

/** A row whose tokens are hidden in part. @internal */
export interface MaskedRow {
  inputIds: Int32Array;
  /** The token at chosen places, -100 elsewhere. */
  labels: Int32Array;
}

/**
 * Hides tokens of a row: each unit (a token, or all tokens of a word) with the rule's probability; each token of a chosen
 * unit becomes the mask token, any token, or stays.
 * @param units which unit each token is of; -1 never hides
 * @internal
 */
export function maskRow(
  ids: ArrayLike<number>,
  units: ArrayLike<number>,
  { probability, masked, random: replaced, maskId, vocabSize }: MaskRule,
  random: PhiloxRandom,
): MaskedRow {
  const inputIds = Int32Array.from(ids);
  const labels = new Int32Array(ids.length).fill(IGNORE_INDEX);
  let isChosen = false;
  for (let t = 0; t < ids.length; t++) {
    if (units[t]! < 0) continue;
    if (t === 0 || units[t] !== units[t - 1]) isChosen = random.nextFloat() < probability;
    if (!isChosen) continue;
    labels[t] = ids[t]!;
    const share = random.nextFloat();
    if (share < masked) inputIds[t] = maskId;
    else if (share < masked + replaced) inputIds[t] = random.nextBelow(vocabSize);
  }
  return { inputIds, labels };
}
