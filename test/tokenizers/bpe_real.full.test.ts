import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { AutoTokenizer } from '../../lib/tokenizers/index.js';
import { sharedPath } from '../shared.js';
import { textsBelow } from './shared_texts.js';
import goldens from '../golden/bpe_goldens.json' with { type: 'json' };

const data = sharedPath('data');
const TOGETHER = 4000;

describe.skipIf(data === undefined)('byte-level BPE on all real texts', () => {
  const texts = data === undefined ? [] : textsBelow(data);

  it.each(Object.entries(goldens.real))(
    '%s gives the ids, offsets and words of Python tokenizers',
    async (folder, { texts: count, sha256 }) => {
      const tokenizer = await AutoTokenizer.fromPretrained(sharedPath(folder)!);
      const hash = createHash('sha256');
      for (let from = 0; from < texts.length; from += TOGETHER) {
        const rows = await tokenizer(texts.slice(from, from + TOGETHER), {
          ...{ typedArrays: true, returnOffsetsMapping: true, returnWordIds: true },
        });
        rows.inputIds.forEach((ids, i) => {
          for (const field of [ids, rows.offsets![i]!, rows.wordIds![i]!])
            hash.update(new Uint8Array(field.buffer, field.byteOffset, field.byteLength));
        });
      }
      expect(texts.length).toBe(count);
      expect(hash.digest('hex')).toBe(sha256);
    },
    600_000,
  );
});
