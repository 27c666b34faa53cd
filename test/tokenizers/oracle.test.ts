import { describe, expect, it } from 'vitest';
import { sharedPath } from '../shared.js';
import { compareWithOracle } from './oracle_check.js';
import { sampleOf, textsBelow } from './shared_texts.js';

const data = sharedPath('data');
const SAMPLE = 3000;

describe.skipIf(data === undefined)('ids on real texts (a sample; test:full takes all)', () => {
  const texts = data === undefined ? [] : sampleOf(textsBelow(data), SAMPLE);

  it.each([
    ...['tokenizers/bert-base-uncased-minilm', 'models/all-minilm-l6-v2', 'models/gpt2-tarot-mini'],
    ...['models/bert-ticket-classifier-tiny', 'models/bart-g2p-en-us', 'models/llama2c-stories260K'],
  ])(
    '%s gives the ids of @huggingface/tokenizers',
    async (folder) => {
      const { checked, different } = await compareWithOracle(sharedPath(folder)!, texts);
      expect(checked).toBeGreaterThanOrEqual(SAMPLE);
      expect(different).toEqual([]);
    },
  );
});
