import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { AutoTokenizer } from '../../lib/tokenizers/index.js';
import { TokenizerError } from '../../lib/util/errors.js';
import goldens from '../golden/sentencepiece_goldens.json' with { type: 'json' };

const MODELS = new URL('../golden/sentencepiece/', import.meta.url).pathname;
const root = mkdtempSync(join(tmpdir(), 'gridstride-marian-'));
afterAll(() => rmSync(root, { recursive: true }));

const vocabulary = Object.fromEntries(goldens.vocabulary.map((token, id) => [token, id]));

function marianFolder(name: string, config: object = {}, files: Record<string, object> = {}): string {
  const folder = join(root, name);
  mkdirSync(folder);
  copyFileSync(join(MODELS, 'fairseq.model'), join(folder, 'source.spm'));
  copyFileSync(join(MODELS, 'target.model'), join(folder, 'target.spm'));
  const all = { 'vocab.json': vocabulary, 'tokenizer_config.json': { tokenizer_class: 'MarianTokenizer', ...config } };
  for (const [file, json] of Object.entries({ ...all, ...files })) writeFileSync(join(folder, file), JSON.stringify(json));
  return folder;
}

const marian = await AutoTokenizer.fromPretrained(marianFolder('plain'));

describe('Marian tokenizers equal those of Python', () => {
  it.each(goldens.marian as { text: string; ids: number[]; target: number[]; decoded: string; marked: string; starts?: number[] }[])(
    '$text',
    async ({ text, ids, target, decoded, marked, starts }) => {
      const encoded = marian.encode(text, { returnOffsetsMapping: true });
      expect(encoded.inputIds).toEqual(ids);
      // SentencePiece's pieces end where the next one begins, ours at the last character they are made of.
      if (starts) expect(encoded.offsets!.slice(0, -1).map(([start]) => start)).toEqual(starts);
      expect(marian.encode(text, { asTarget: true }).inputIds).toEqual(target);
      expect(marian.decode(ids, { skipSpecialTokens: true })).toBe(decoded);
      expect(marian.decode(ids)).toBe(marked);
      const batch = await marian(text, { textTarget: [text] });
      expect([batch.inputIds, batch.labels]).toEqual([[ids], [target]]);
    },
  );

  it('is saved as it was loaded', async () => {
    const folder = join(root, 'saved');
    const paths = await marian.savePretrained(folder);
    expect(paths.map((path) => path.slice(folder.length + 1)).sort()).toEqual(
      ['source.spm', 'special_tokens_map.json', 'target.spm', 'tokenizer_config.json', 'vocab.json'],
    );
    const again = await AutoTokenizer.fromPretrained(folder);
    expect(again.encode('A quiet harbour: 水火')).toEqual(marian.encode('A quiet harbour: 水火'));
    expect(again.getVocab()).toEqual(marian.getVocab());
  });

  it('has a vocabulary for each side where the files do', async () => {
    const turned = Object.fromEntries(goldens.vocabulary.map((token, id) => [token, goldens.vocabulary.length - 1 - id]));
    const fixed = { ...turned, '</s>': vocabulary['</s>']!, '<pad>': vocabulary['<pad>']! };
    const folder = marianFolder('separate', { separate_vocabs: true }, { 'target_vocab.json': fixed });
    const tokenizer = await AutoTokenizer.fromPretrained(folder);
    const { inputIds, labels } = await tokenizer('quiet boats', { textTarget: 'quiet boats' });
    expect(inputIds).toEqual([marian.encode('quiet boats').inputIds]);
    const same = marian.encode('quiet boats', { asTarget: true }).inputIds;
    expect(labels![0]).toEqual(same.map((id) => fixed[goldens.vocabulary[id] as keyof typeof fixed]));
    expect(tokenizer.decode(labels![0]!, { skipSpecialTokens: true })).toBe('quiet boats');
  });

  it.each([
    ['vocab.json', 'vocab.json must be there'],
    ['target.spm', 'target.spm must be there'],
  ])('names a missing %s', async (file, text) => {
    const folder = marianFolder(`without-${file}`);
    rmSync(join(folder, file));
    await expect(AutoTokenizer.fromPretrained(folder)).rejects.toThrow(text);
  });

  it('wants the unknown token', async () => {
    const folder = marianFolder('unknown', {}, { 'vocab.json': { '</s>': 0, a: 1 } });
    await expect(AutoTokenizer.fromPretrained(folder)).rejects.toThrow(TokenizerError);
  });

  it('has no languages to set', () => {
    expect(() => (marian.srcLang = 'en_XX')).toThrow('srcLang must be left alone');
    expect(marian.srcLang).toBeUndefined();
  });

  it('wants a target for each text', async () => {
    await expect(marian(['a', 'b'], { textTarget: ['a'] })).rejects.toThrow('textTarget must have one entry per text');
  });
});
