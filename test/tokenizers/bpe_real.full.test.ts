import { describe, expect, it } from 'vitest';
import { AutoTokenizer } from '../../lib/tokenizers/index.js';
import { sharedPath } from '../shared.js';
import { hashRows } from './hash_rows.js';
import { textsBelow } from './shared_texts.js';
import goldens from '../golden/bpe_goldens.json' with { type: 'json' };

const data = sharedPath('data');

describe.skipIf(data === undefined)('byte-level BPE on all real texts', () => {
  const texts = data === undefined ? [] : textsBelow(data);

  it.each(Object.entries(goldens.real))(
    '%s gives the ids, offsets and words of Python tokenizers',
    async (folder, { texts: count, sha256 }) => {
      const tokenizer = await AutoTokenizer.fromPretrained(sharedPath(folder)!);
      expect(texts.length).toBe(count);
      expect(await hashRows(tokenizer, texts)).toBe(sha256);
    },
    600_000,
  );
});
