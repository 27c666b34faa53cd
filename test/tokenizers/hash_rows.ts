import { createHash } from 'node:crypto';
import type { PreTrainedTokenizer } from '../../lib/tokenizers/index.js';

const TOGETHER = 4000;

/** SHA-256 of the ids and, unless they are not wanted, the offsets and words of all texts, as 32-bit numbers. */
export async function hashRows(
  tokenizer: PreTrainedTokenizer,
  texts: readonly string[],
  idsAlone = false,
): Promise<string> {
  const hash = createHash('sha256');
  for (let from = 0; from < texts.length; from += TOGETHER) {
    const rows = await tokenizer(texts.slice(from, from + TOGETHER), {
      ...{ truncation: false, typedArrays: true, returnOffsetsMapping: true, returnWordIds: true },
    });
    rows.inputIds.forEach((ids, i) => {
      for (const field of idsAlone ? [ids] : [ids, rows.offsets![i]!, rows.wordIds![i]!])
        hash.update(new Uint8Array(field.buffer, field.byteOffset, field.byteLength));
    });
  }
  return hash.digest('hex');
}
