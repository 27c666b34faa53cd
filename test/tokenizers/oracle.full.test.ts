import { describe, expect, it } from 'vitest';
import { sharedPath } from '../shared.js';
import { compareWithOracle } from './oracle_check.js';
import { textsBelow } from './shared_texts.js';

const data = sharedPath('data');

describe.skipIf(data === undefined)('ids on all real texts', () => {
  const texts = data === undefined ? [] : textsBelow(data);

  it.each([
    ...['tokenizers/bert-base-uncased-minilm', 'models/all-minilm-l6-v2', 'models/bert-ticket-classifier-tiny'],
    ...['models/bart-g2p-en-us', 'models/llama2c-stories260K'],
    ...['tokenizers/roberta', 'tokenizers/gpt2-dialogpt-small', 'models/gpt2-tarot-mini'],
  ])(
    '%s gives the ids of @huggingface/tokenizers',
    async (folder) => {
      const { checked, different } = await compareWithOracle(sharedPath(folder)!, texts);
      console.log(`${folder}: ${checked} texts, ${different.length} different`);
      expect(checked).toBeGreaterThan(200_000);
      expect(different).toEqual([]);
    },
    600_000,
  );
});
