import type { Dataset, PreTrainedTokenizer } from 'gridstride';
import type { Mail } from './mails.js';

/** The classes in the order of their indices. */
export const LABELS: readonly Mail['label'][] = ['ham', 'spam'];

/** The classes as a model's config has them. */
export const id2label: Record<number, string> = { ...LABELS };

/** Characters of a mail that are read at all: what fits into `maxLength` tokens, and some more. */
const CHARACTERS_PER_TOKEN = 16;

/** The beginning of each mail as token ids, with the class's index as `label`. */
export function encodeMails(mails: Dataset<Mail>, tokenizer: PreTrainedTokenizer, maxLength: number) {
  return mails.map(
    async ({ text, label }) => {
      const texts = text.map((each) => each.slice(0, maxLength * CHARACTERS_PER_TOKEN));
      const { inputIds } = await tokenizer.encodeBatch(texts, { truncation: true, maxLength, typedArrays: true });
      return { inputIds, label: label.map((name) => LABELS.indexOf(name)) };
    },
    { batched: true, batchSize: 256, removeColumns: ['text'] },
  );
}
