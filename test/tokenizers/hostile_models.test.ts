import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { AutoTokenizer } from '../../lib/tokenizers/index.js';
import { TokenizerError } from '../../lib/util/errors.js';
import goldens from '../golden/sentencepiece_goldens.json' with { type: 'json' };
import { smallTokenizer } from './small_tokenizer.js';

const MODELS = new URL('../golden/sentencepiece/', import.meta.url).pathname;
const root = mkdtempSync(join(tmpdir(), 'gridstride-hostile-'));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;

function folderOf(files: Record<string, Uint8Array | string>): string {
  const folder = join(root, String((folders += 1)));
  mkdirSync(folder);
  for (const [name, contents] of Object.entries(files)) writeFileSync(join(folder, name), contents);
  return folder;
}

let state = 2026;
const random = (below: number): number => (state = (state * 1103515245 + 12345) % 2 ** 31) % below;

const model = (name: string): Buffer => readFileSync(join(MODELS, `${name}.model`));

/** A field of a message: wire type 2. */
const field = (number: number, bytes: Uint8Array): Buffer =>
  Buffer.concat([Buffer.of((number << 3) | 2, bytes.length), bytes]);
const piece = (text: string, score: number, type: number): Buffer => {
  const value = Buffer.alloc(4);
  value.writeFloatLE(score);
  return field(1, Buffer.concat([field(1, Buffer.from(text)), Buffer.of(0x15), value, Buffer.of(0x18, type)]));
};
const UNK = piece('<unk>', 0, 2);

/** Loads, and encodes what loads; how many of the files were refused, each with a TokenizerError. */
async function refusedOf(files: readonly Record<string, Uint8Array | string>[]): Promise<number> {
  let refused = 0;
  for (const own of files) {
    const tokenizer = await AutoTokenizer.fromPretrained(folderOf(own)).catch((error: unknown) => {
      expect(error).toBeInstanceOf(TokenizerError);
      refused += 1;
    });
    try {
      const { inputIds } = tokenizer?.encode('A quiet  harbour: \u6c34\ufb01 e\u0301\ufdfa\u2026\t<sep>') ?? { inputIds: [] };
      tokenizer?.decode(inputIds);
    } catch (error) {
      expect(error).toBeInstanceOf(TokenizerError);
    }
    tokenizer?.dispose();
  }
  return refused;
}

describe('SentencePiece models that lie', () => {
  it.each([
    ['nothing', Buffer.alloc(0), 'must have pieces'],
    ['a number that does not end', Buffer.of(0x08, 0xff), 'must end a number at byte 2'],
    ['a number of eleven bytes', Buffer.of(0x08, ...Array.from({ length: 11 }, () => 0xff)), 'ten bytes or less'],
    ['a field past its end', Buffer.of(0x0a, 0x7f, 0x0a), 'must hold 127 more bytes at byte 2'],
    ['a field of two gigabytes', Buffer.of(0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f), 'less than 2 GiB'],
    ['a group', Buffer.of(0x0b), 'known wire type'],
    ['field 0', Buffer.of(0x02, 0x00), 'fields with a number'],
    ['an empty piece', piece('', 0, 1), 'a piece must not be empty'],
    ['a piece that is no UTF-8', field(1, field(1, Buffer.of(0xff))), 'a piece must be UTF-8'],
    ['a score that is none', piece('a', Number.NaN, 1), 'a piece must have a finite score'],
    ['a score that is a number of another kind', field(1, Buffer.of(0x0a, 1, 0x61, 0x10, 1)), 'finite score'],
    ['an unknown type', piece('a', 0, 9), 'a piece must be of a known type'],
    ['a piece twice', Buffer.concat([UNK, piece('a', 0, 1), piece('a', 0, 1)]), 'must have each piece once, got "a"'],
    ['no unknown piece', piece('a', 0, 1), 'must have one unknown piece, got 0'],
    ['two unknown pieces', Buffer.concat([UNK, piece('u', 0, 2)]), 'must have one unknown piece, got 2'],
    ['a model of words', Buffer.concat([UNK, field(2, Buffer.of(0x18, 3))]), 'must be a unigram or BPE model, got 3'],
    ['a model of another kind', Buffer.concat([UNK, field(2, Buffer.of(0x18, 2))]), 'must be a unigram model for T5'],
    [
      'a character map that is cut off',
      Buffer.concat([UNK, piece('a', 0, 1), piece('b', 0, 1), field(3, field(2, Buffer.of(9, 0, 0, 0, 1)))]),
      'precompiled_charsmap: must hold all of its double array, got 9',
    ],
  ])('%s', async (_, bytes, text) => {
    const load = AutoTokenizer.fromPretrained(folderOf({ 'spiece.model': bytes }));
    await expect(load).rejects.toThrow(TokenizerError);
    await expect(load).rejects.toThrow(text);
  });

  it('names the classes it knows', async () => {
    const config = JSON.stringify({ tokenizer_class: 'XLNetTokenizer' });
    const load = AutoTokenizer.fromPretrained(folderOf({ 'spiece.model': UNK, 'tokenizer_config.json': config }));
    await expect(load).rejects.toThrow(/tokenizer_class must be one of T5Tokenizer, .*, got XLNetTokenizer/);
  });

  it('goes by the type of the model where no class is told', async () => {
    const files = { 'spiece.model': model('albert'), 'config.json': JSON.stringify({ model_type: 'albert' }) };
    expect((await AutoTokenizer.fromPretrained(folderOf(files))).clsTokenId).toBe(2);
    const alone = await AutoTokenizer.fromPretrained(folderOf({ 'spiece.model': model('t5') }));
    expect(alone.totalVocabSize).toBe(alone.convertTokensToIds('<extra_id_0>') + 1);
  });

  it('does not know a language', async () => {
    const config = { tokenizer_class: 'MBartTokenizer', src_lang: 'xx_XX' };
    const files = { 'sentencepiece.bpe.model': model('fairseq'), 'tokenizer_config.json': JSON.stringify(config) };
    await expect(AutoTokenizer.fromPretrained(folderOf(files))).rejects.toThrow(/srcLang must be one of ar_AR, .*, got xx_XX/);
  });

  it.each(['t5', 'xlm-roberta', 'camembert', 'mbart50', 'albert', 'deberta', 'llama'] as const)(
    'survives %s with bytes changed and cut off',
    async (family) => {
      const { model: name, file, config } = goldens.folders[family];
      const whole = model(name);
      const files = Array.from({ length: 30 }, (_, i) => {
        const bytes = Buffer.from(i % 4 === 0 ? whole.subarray(0, random(whole.length)) : whole);
        for (let k = 0; k < 1 + (i % 5); k++) bytes[random(bytes.length)] = random(256);
        return { [file]: bytes, 'tokenizer_config.json': JSON.stringify(config) };
      });
      expect(await refusedOf(files)).toBeGreaterThan(3);
    },
  );

  it('survives a Marian folder with bytes changed', async () => {
    const vocabulary = JSON.stringify(Object.fromEntries(goldens.vocabulary.map((token, id) => [token, id])));
    const files = Array.from({ length: 60 }, (_, i) => {
      const [source, target, vocab] = [model('fairseq'), model('target'), Buffer.from(vocabulary)];
      const changed = [source, target, vocab][i % 3]!;
      for (let k = 0; k < 1 + (i % 4); k++) changed[random(changed.length)] = i % 3 === 2 ? 32 + random(95) : random(256);
      return { 'source.spm': source, 'target.spm': target, 'vocab.json': vocab };
    });
    expect(await refusedOf(files)).toBeGreaterThan(5);
  });
});

const unigram = (changes: object = {}, parts: object = {}): Record<string, unknown> => ({
  ...{ version: '1.0', added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null },
  model: { type: 'Unigram', unk_id: 0, vocab: [['<unk>', 0], ['a', -1], ['\u2581a', -2]], ...changes },
  ...parts,
});
const replace = (pattern: unknown, content: unknown): object => ({ normalizer: { type: 'Replace', pattern, content } });
const precompiled = (bytes: Uint8Array): object => ({
  normalizer: { type: 'Precompiled', precompiled_charsmap: Buffer.from(bytes).toString('base64') },
});

describe('a tokenizer.json of Unigram that lies', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['an unknown token past the end', unigram({ unk_id: 3 }), 'model.unk_id must be an integer from 0 to 2, got 3'],
    ['a flag', unigram({ byte_fallback: 1 }), 'model.byte_fallback must be true or false'],
    ['an empty pattern', unigram({}, replace({ String: '' }, 'b')), 'normalizer.pattern must not be empty'],
    ['a long content', unigram({}, replace({ String: 'a' }, 'b'.repeat(300))), 'must have at most 256 characters'],
    ['no pattern', unigram({}, replace({}, 'b')), 'normalizer.pattern.String must be a string'],
    ['no base64', unigram({}, { normalizer: { type: 'Precompiled', precompiled_charsmap: '?' } }), 'must be base64'],
    ['a short map', unigram({}, precompiled(Buffer.of(1, 0))), 'must begin with a size of 4 bytes, got 2'],
    ['an odd map', unigram({}, precompiled(Buffer.of(3, 0, 0, 0, 1, 2, 3))), 'must hold all of its double array'],
    ['a long result', unigram({}, precompiled(Buffer.alloc(2000, 1).fill(0, 0, 4))), 'at most 1024 bytes, got 1025'],
    ['a mark of two characters', unigram({}, { pre_tokenizer: { type: 'Metaspace', replacement: 'ab' } }), 'one character'],
    [
      'a scheme',
      unigram({}, { pre_tokenizer: { type: 'Metaspace', replacement: 'a', prepend_scheme: 'last' } }),
      'prepend_scheme must be always, first or never',
    ],
  ])('%s', async (_, json, text) => {
    await expect(smallTokenizer(json)).rejects.toThrow(TokenizerError);
    await expect(smallTokenizer(json)).rejects.toThrow(text);
  });

  it('refuses text that would grow without end', async () => {
    const step = { type: 'Replace', pattern: { String: 'q' }, content: 'q'.repeat(256) };
    const normalizer = { type: 'Sequence', normalizers: Array.from({ length: 8 }, () => step) };
    const tokenizer = await smallTokenizer(unigram({}, { normalizer }));
    expect(() => tokenizer.encode('b q b q')).toThrow('must not grow so much when it is normalised');
    await expect(tokenizer(['q'.repeat(1e5)])).rejects.toThrow(TokenizerError);
  });

  it('says that it has no unknown token when one is needed', async () => {
    for (const model of [{ unk_id: null }, { type: 'WordLevel', vocab: { b: 0 }, unk_token: 'c' }]) {
      const tokenizer = await smallTokenizer(unigram(model));
      expect(() => tokenizer.encode('z')).toThrow('must have an unknown token');
    }
  });

  it('encodes a word of a megabyte', async () => {
    const tokenizer = await smallTokenizer(unigram());
    const { inputIds } = await tokenizer('a'.repeat(1 << 20), { typedArrays: true });
    expect(inputIds[0]!.length).toBe(1 << 20);
  });
});

describe('a character map of any bytes', () => {
  it('gives an answer or an error', async () => {
    const shared = goldens.shared.find((part) => 'precompiled_charsmap' in part) as { precompiled_charsmap: string };
    const whole = Buffer.from(shared.precompiled_charsmap, 'base64');
    let refused = 0;
    for (let i = 0; i < 150; i++) {
      const bytes = Buffer.from(i % 5 === 0 ? whole.subarray(0, random(whole.length)) : whole);
      for (let k = 0; k < 1 + (i % 40); k++) bytes[random(i % 2 === 0 ? bytes.length : 64)] = random(256);
      try {
        const tokenizer = await smallTokenizer(unigram({}, precompiled(bytes)));
        tokenizer.encode('A\uff21\ufb01 e\u0301\ufdfa\u2026\t\u0001 a\u00a0');
      } catch (error) {
        expect(error).toBeInstanceOf(TokenizerError);
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(5);
  });
});
