import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { AutoTokenizer } from '../../lib/tokenizers/index.js';
import { sharedPath } from '../shared.js';
import { hashRows } from './hash_rows.js';
import { textsBelow } from './shared_texts.js';
import goldens from '../golden/sentencepiece_goldens.json' with { type: 'json' };

const data = sharedPath('data');
const MARIAN = 'tokenizers/marian-opus-mt-en-mul';
const MODELS = new URL('../golden/sentencepiece/', import.meta.url).pathname;
const root = mkdtempSync(join(tmpdir(), 'gridstride-real-'));
afterAll(() => rmSync(root, { recursive: true }));

/** A real folder, or a family's layout around Marian's real model; LLaMA's around the tiny one. */
function folderOf(name: string): string {
  const real = name.includes('/') ? sharedPath(name) : undefined;
  if (real !== undefined) return real;
  const { model, file, config } = goldens.folders[name as keyof typeof goldens.folders];
  const folder = join(root, name);
  mkdirSync(folder);
  const source = model === 'llama' ? join(MODELS, 'llama.model') : join(sharedPath(MARIAN)!, 'source.spm');
  copyFileSync(source, join(folder, file));
  writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify(config));
  return folder;
}

describe.skipIf(data === undefined)('Unigram, WordLevel and LLaMA on all real texts', () => {
  const texts = data === undefined ? [] : textsBelow(data);

  it.each(Object.entries(goldens.real as Record<string, { texts: number; sha256: string }>))(
    '%s gives the ids, offsets and words of Python',
    async (name, { texts: count, sha256 }) => {
      const tokenizer = await AutoTokenizer.fromPretrained(folderOf(name));
      expect(tokenizer.isNative).toBe(true);
      expect(texts.length).toBe(count);
      expect(await hashRows(tokenizer, texts, name === MARIAN)).toBe(sha256);
    },
    600_000,
  );
});
