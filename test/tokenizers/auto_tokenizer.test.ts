import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { AutoTokenizer } from '../../lib/tokenizers/index.js';
import { CheckpointError, TokenizerError } from '../../lib/util/errors.js';
import { smallJson, smallTokenizer, SPECIAL } from './small_tokenizer.js';

const root = mkdtempSync(join(tmpdir(), 'gridstride-tokenizer-'));
afterAll(() => rmSync(root, { recursive: true }));

const tokens = [...SPECIAL, 'cafe', 'Café', 'café', 'a', '##b', '中', '文', '!', '__proto__'];
let made = 0;

/** A new folder with these files; objects are written as JSON. */
function folderOf(files: Record<string, unknown>): string {
  const folder = join(root, String(made++));
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) {
    const isRaw = typeof content === 'string' || content instanceof Uint8Array;
    writeFileSync(join(folder, name), isRaw ? content : JSON.stringify(content));
  }
  return folder;
}

const vocabTxt = `${tokens.join('\n')}\n`;

describe('AutoTokenizer.fromPretrained', () => {
  it('reads tokenizer.json, whose stored truncation and padding give way', async () => {
    const stored = {
      truncation: { max_length: 3, strategy: 'LongestFirst', stride: 0, direction: 'Right' },
      padding: { strategy: { Fixed: 9 }, direction: 'Right', pad_id: 0, pad_type_id: 0, pad_token: '[PAD]' },
    };
    const tokenizer = await AutoTokenizer.fromPretrained(folderOf({ 'tokenizer.json': smallJson(tokens, stored) }));
    expect(tokenizer.encode('a a a a').inputIds).toEqual([2, 8, 8, 8, 8, 3]);
    expect(tokenizer.padTokenId).toBe(0);
    expect(tokenizer.modelMaxLength).toBeUndefined();
  });

  it('reads vocab.txt alone as an uncased BERT tokenizer', async () => {
    const tokenizer = await AutoTokenizer.fromPretrained(folderOf({ 'vocab.txt': vocabTxt }));
    expect(tokenizer.encode('CAFÉ [MASK] ab').inputIds).toEqual([2, 5, 4, 8, 9, 3]);
    expect(tokenizer.encode('a', { textPair: 'a' }).tokenTypeIds).toEqual([0, 0, 0, 1, 1]);
  });

  it('takes vocab.txt with Windows line ends', async () => {
    const folder = folderOf({ 'vocab.txt': vocabTxt.replaceAll('\n', '\r\n') });
    expect((await AutoTokenizer.fromPretrained(folder)).vocabSize).toBe(tokens.length);
  });

  it('gives a token that vocab.txt has twice the later id, as Python does', async () => {
    const tokenizer = await AutoTokenizer.fromPretrained(folderOf({ 'vocab.txt': '[UNK]\na\nb\na\n' }));
    expect(tokenizer.tokenize('a b')).toEqual(['a', 'b']);
    expect(tokenizer.encode('a b', { addSpecialTokens: false }).inputIds).toEqual([3, 2]);
    expect(new Set(tokenizer.getVocab().values()).size).toBe(tokenizer.getVocab().size);
  });

  // What transformers 5.18 gives for a folder of vocab.txt and tokenizer_config.json.
  it.each<[string, object, number[], number]>([
    ['[UNK] a b', {}, [5, 1, 2, 0, 3, 6, 3], 7],
    ['[PAD] [UNK] a b', {}, [5, 2, 3, 1, 4, 6, 4], 7],
    ['[MASK] a [UNK] b', {}, [6, 1, 3, 2, 4, 0, 4], 7],
    ['[UNK] a b', { cls_token: 'b', bos_token: '<bos>' }, [2, 1, 2, 0, 4, 6, 4], 7],
    [
      '[UNK] a b',
      { added_tokens_decoder: { 7: { content: '[SEP]', special: true }, 5: { content: 'zz', special: false } } },
      [6, 1, 2, 3, 4, 7, 4],
      8,
    ],
  ])('gives special tokens that vocab.txt lacks the next ids: %s, %j', async (lines, config, ids, total) => {
    const vocab = `${lines.replaceAll(' ', '\n')}\n`;
    const folder = folderOf({ 'vocab.txt': vocab, 'tokenizer_config.json': config });
    const tokenizer = await AutoTokenizer.fromPretrained(folder);
    expect(tokenizer.encode('a b zz', { textPair: '[MASK]' }).inputIds).toEqual(ids);
    expect([tokenizer.totalVocabSize, tokenizer.vocabSize]).toEqual([total, lines.split(' ').length]);
    expect(tokenizer.clsTokenId).toBe(ids[0]);
  });

  it.each([
    [{ do_lower_case: false }, {}, [6]],
    [{ do_lower_case: true, strip_accents: false }, {}, [7]],
    [{ do_lower_case: false }, { doLowerCase: true }, [5]],
    [{ do_lower_case: false, tokenizer_class: 'PreTrainedTokenizerFast' }, {}, [5]],
    [{}, { doLowerCase: false, stripAccents: true }, [1]],
  ])('with %j in tokenizer_config.json and options %j', async (config, options, ids) => {
    const files = { 'tokenizer.json': smallJson(tokens), 'tokenizer_config.json': config };
    const tokenizer = await AutoTokenizer.fromPretrained(folderOf(files), options);
    expect(tokenizer.encode('Café', { addSpecialTokens: false }).inputIds).toEqual(ids);
  });

  it('reads lengths, sides, special tokens and input names from the configuration', async () => {
    const config = {
      model_max_length: 1e30,
      padding_side: 'left',
      truncation_side: 'left',
      tokenizer_class: 'DistilBertTokenizer',
      pad_token: { content: '!', lstrip: false },
    };
    const map = { pad_token: '[PAD]', cls_token: '[MASK]' };
    const files = { 'vocab.txt': vocabTxt, 'tokenizer_config.json': config, 'special_tokens_map.json': map };
    const tokenizer = await AutoTokenizer.fromPretrained(folderOf(files), { modelMaxLength: 5 });
    expect(tokenizer.padTokenId).toBe(12);
    expect(tokenizer.clsTokenId).toBe(4);
    expect([tokenizer.modelMaxLength, tokenizer.paddingSide, tokenizer.truncationSide]).toEqual([5, 'left', 'left']);
    expect(Object.keys(tokenizer.encode('a'))).toEqual(['inputIds', 'attentionMask']);
  });

  it('keeps tokens with the names of object properties', async () => {
    const tokenizer = await AutoTokenizer.fromPretrained(folderOf({ 'tokenizer.json': smallJson(tokens) }));
    expect(tokenizer.convertTokensToIds(['__proto__', 'constructor'])).toEqual([13, 1]);
  });
});

describe('savePretrained', () => {
  it('writes a folder that loads as the same tokenizer', async () => {
    const tokenizer = await smallTokenizer(smallJson(tokens), { model_max_length: 64, do_lower_case: true });
    const folder = join(root, 'made', 'below');
    const paths = await tokenizer.savePretrained(folder);
    expect(paths.map((path) => path.slice(folder.length + 1))).toEqual([
      'tokenizer.json',
      'tokenizer_config.json',
      'special_tokens_map.json',
      'vocab.txt',
    ]);
    expect(readFileSync(join(folder, 'vocab.txt'), 'utf8')).toBe(vocabTxt);
    const again = await AutoTokenizer.fromPretrained(folder);
    const text = 'Café ab 中文! [MASK] __proto__';
    expect(again.encode(text)).toEqual(tokenizer.encode(text));
    expect(again.modelMaxLength).toBe(64);
    expect(again.specialTokensMap).toEqual(tokenizer.specialTokensMap);
    rmSync(join(folder, 'tokenizer.json'));
    expect((await AutoTokenizer.fromPretrained(folder)).encode(text)).toEqual(tokenizer.encode(text));
  });

  it('tells a folder that cannot be written', async () => {
    const tokenizer = await smallTokenizer(smallJson(tokens));
    const file = join(folderOf({ taken: 'x' }), 'taken');
    await expect(tokenizer.savePretrained(file)).rejects.toThrow(CheckpointError);
  });
});

const model = (changes: object): object => ({
  model: { ...(smallJson(tokens)['model'] as object), ...changes },
});
const token = (changes: object): object => ({
  added_tokens: [{ id: 4, content: '[MASK]', special: true, ...changes }],
});
const processor = (single: unknown): object => ({
  post_processor: { type: 'TemplateProcessing', single, pair: [], special_tokens: { '[CLS]': { ids: [2] } } },
});
const special = (id: unknown, type: unknown): object => ({ SpecialToken: { id, type_id: type } });

const nested = '['.repeat(200_000) + ']'.repeat(200_000);

describe('files that break a rule', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['no file', {}, 'must hold tokenizer.json, vocab.txt, vocab.json and merges.txt, or a SentencePiece model'],
    ['no JSON', { 'tokenizer.json': '{"model": ' }, 'tokenizer.json: must be JSON'],
    ['no UTF-8', { 'tokenizer.json': Uint8Array.of(0x7b, 0xff) }, 'tokenizer.json: must be UTF-8'],
    ['nesting', { 'tokenizer.json': '['.repeat(1e6) }, 'tokenizer.json: must be JSON'],
    ['closed nesting', { 'tokenizer.json': nested }, 'tokenizer.json: must be JSON, got values nested'],
    ['a nested configuration', { 'tokenizer_config.json': `{"x":${nested}}` }, 'got values nested'],
    ['a nested map', { 'special_tokens_map.json': `{"x":${nested}}` }, 'got values nested'],
    ['an array', { 'tokenizer.json': [] }, 'tokenizer.json must be an object'],
    [
      'configuration',
      { 'vocab.txt': vocabTxt, 'tokenizer_config.json': { model_max_length: 'x' } },
      'model_max_length',
    ],
    ['its side', { 'vocab.txt': vocabTxt, 'tokenizer_config.json': { padding_side: 'up' } }, 'padding_side'],
    [
      'its token',
      { 'vocab.txt': vocabTxt, 'special_tokens_map.json': { pad_token: 5 } },
      'pad_token must be an object',
    ],
    ['vocab.txt empty', { 'vocab.txt': '' }, 'vocab.txt: the unknown token'],
  ])('%s', async (_, files, text) => {
    const load = AutoTokenizer.fromPretrained(folderOf(files));
    await expect(load).rejects.toThrow(TokenizerError);
    await expect(load).rejects.toThrow(text);
  });

  it.each<[string, object, string]>([
    ['no model', { model: undefined }, 'model must be an object, got nothing'],
    ['a mistyped vocabulary', model({ vocab: 7 }), 'model.vocab must be an object, got 7'],
    ['an empty vocabulary', model({ vocab: {} }), 'model.vocab must have tokens'],
    ['a negative id', model({ vocab: { '[UNK]': -1 } }), 'model.vocab.[UNK] must be an integer from 0'],
    ['a fractional id', model({ vocab: { '[UNK]': 0.5 } }), 'model.vocab.[UNK] must be an integer'],
    ['a huge id', model({ vocab: { '[UNK]': 2 ** 40 } }), 'model.vocab.[UNK] must be an integer'],
    ['an id twice', model({ vocab: { '[UNK]': 0, a: 0 } }), 'model.vocab.a must be an id of its own'],
    [
      'too many characters',
      { ...model({ vocab: { '[UNK]': 0, ['a'.repeat(2 ** 23)]: 1 } }), added_tokens: [] },
      'model.vocab must have at most',
    ],
    ['a missing unknown token', model({ unk_token: 'nowhere' }), 'model.unk_token must be a token of the vocabulary'],
    ['a mistyped prefix', model({ continuing_subword_prefix: 2 }), 'model.continuing_subword_prefix must be a string'],
    [
      'a mistyped length',
      model({ max_input_chars_per_word: '9' }),
      'model.max_input_chars_per_word must be an integer',
    ],
    ['a mistyped flag', { normalizer: { type: 'BertNormalizer', lowercase: 1 } }, 'normalizer.lowercase must be true'],
    ['a mistyped part', { normalizer: 'x' }, 'normalizer must be an object'],
    ['added tokens of a wrong id', token({ id: 3 }), "added_tokens[0].id must be the vocabulary's, 4"],
    ['an added token with an id of another', token({ content: 'new' }), 'added_tokens must not give "new" the id'],
    ['an empty added token', token({ content: '', id: 99 }), 'added_tokens[0].content must not be empty'],
    ['a mistyped added token', { added_tokens: [5] }, 'added_tokens[0] must be an object'],
    ['a template with a stranger', processor([special('[X]', 0)]), 'must be one of special_tokens'],
    ['a template of a huge type', processor([special('[CLS]', 1e9)]), 'type_id must be an integer from 0 to 255'],
    ['a template of nothing', processor([{}]), 'post_processor.single[0] must hold SpecialToken or Sequence'],
    ['a sequence C', processor([{ Sequence: { id: 'C', type_id: 0 } }]), 'must be A or B'],
    ['a template too long', processor(new Array(65).fill(special('[CLS]', 0))), 'must have at most 64 items'],
    [
      'an unknown kind of model',
      { model: { type: 'Magic', vocab: { a: 1 } }, added_tokens: [] },
      'tokenizer.json: must load',
    ],
    ['merges of numbers', model({ type: 'BPE', merges: [[1, 2]] }), 'model.merges[0] must be two tokens'],
    ['a list of wrong scores', model({ type: 'Unigram', vocab: [['a', 'b']] }), 'model.vocab[0] must be a token and'],
  ])('tokenizer.json with %s', async (_, changes, text) => {
    const load = AutoTokenizer.fromPretrained(folderOf({ 'tokenizer.json': smallJson(tokens, { ...changes }) }));
    await expect(load).rejects.toThrow(TokenizerError);
    await expect(load).rejects.toThrow(text);
    await expect(load).rejects.toThrow(/^tokenizer\.json/);
  });

  it('refuses ids of templates that no token has', async () => {
    const part = { type: 'BertProcessing', cls: ['[CLS]', 2], sep: ['[SEP]', 999] };
    const folder = folderOf({ 'tokenizer.json': smallJson(tokens, { post_processor: part }) });
    await expect(AutoTokenizer.fromPretrained(folder)).rejects.toThrow('post_processor must use known ids, not 999');
  });

  it('refuses what is no regular file', async () => {
    const folder = folderOf({});
    mkdirSync(join(folder, 'tokenizer.json'));
    await expect(AutoTokenizer.fromPretrained(folder)).rejects.toThrow('tokenizer.json: must be');
    await expect(AutoTokenizer.fromPretrained(join(root, 'nowhere'))).rejects.toThrow('the folder must exist');
    const missing = null as unknown as string;
    await expect(AutoTokenizer.fromPretrained(missing)).rejects.toThrow(
      new TokenizerError('tokenizer: the folder must be a path, got null', { path: null }),
    );
  });

  it('survives bytes changed at random in a real file', async () => {
    const text = Buffer.from(JSON.stringify(smallJson(tokens)));
    let state = 12345;
    const random = (below: number): number => (state = (state * 1103515245 + 12345) % 2 ** 31) % below;
    let refused = 0;
    for (let i = 0; i < 150; i++) {
      const bytes = Buffer.from(text);
      for (let k = 0; k < 1 + (i % 3); k++) bytes[random(bytes.length)] = 32 + random(95);
      const load = AutoTokenizer.fromPretrained(folderOf({ 'tokenizer.json': bytes }));
      const tokenizer = await load.catch((error: unknown) => {
        expect(error).toBeInstanceOf(TokenizerError);
        refused += 1;
      });
      tokenizer?.encode('Café ab 中 [MASK]!');
      tokenizer?.dispose();
    }
    expect(refused).toBeGreaterThan(20);
  });
});
