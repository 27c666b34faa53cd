import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { byteBpeJson } from '../../lib/tokenizers/byte_bpe_json.js';
import { AutoTokenizer, type BatchEncodeOptions, trainByteLevelBpe } from '../../lib/tokenizers/index.js';
import { specialToken } from '../../lib/tokenizers/wordpiece_json.js';
import { smallTokenizer } from './small_tokenizer.js';
import goldens from '../golden/bpe_goldens.json' with { type: 'json' };

interface Row {
  ids: number[];
  types: number[];
  offsets: number[];
  words: number[];
  special: number[];
}
interface Case extends Row {
  tokenizer: string;
  text: string;
  pair?: string;
  decoded: string;
}
interface WindowCase {
  tokenizer: string;
  text: string;
  pair?: string;
  options: BatchEncodeOptions;
  rows: Omit<Row, 'types'>[];
}

const [trained] = goldens.trainings as unknown as { options: object; vocab: string[]; merges: [string, string][] }[];
const SPECIAL = ['<s>', '<pad>', '</s>', '<unk>', '<mask>'];
const vocabulary = new Map(trained!.vocab.map((token, id) => [token, id]));

/** What make_bpe_goldens.py gives a tokenizer of this name in place of RoBERTa's parts. */
function changesOf(name: string): Record<string, unknown> {
  const level = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false };
  if (name === 'gpt2') return { post_processor: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false } };
  if (name !== 'llama3') return {};
  const start = (type: number): object => ({ SpecialToken: { id: '<s>', type_id: type } });
  const sequence = (id: string, type: number): object => ({ Sequence: { id, type_id: type } });
  const single = [start(0), sequence('A', 0)];
  const template = {
    ...{ type: 'TemplateProcessing', single, pair: [...single, start(1), sequence('B', 1)] },
    special_tokens: { '<s>': { id: '<s>', ids: [0], tokens: ['<s>'] } },
  };
  const split = { type: 'Split', pattern: { Regex: goldens.llama3 }, behavior: 'Isolated', invert: false };
  return {
    pre_tokenizer: { type: 'Sequence', pretokenizers: [split, level] },
    post_processor: { type: 'Sequence', processors: [{ ...level, add_prefix_space: true }, template] },
  };
}

async function build(name: string): ReturnType<typeof smallTokenizer> {
  const extra = { ...specialToken('<extra>', vocabulary.size), special: false, rstrip: true, normalized: true };
  const json = byteBpeJson({
    family: 'RobertaTokenizer',
    vocabulary,
    merges: trained!.merges,
    special: { cls_token: '<s>', sep_token: '</s>' },
    addPrefixSpace: name === 'prefix',
    added: [...SPECIAL.map((token, id) => ({ ...specialToken(token, id), lstrip: token === '<mask>' })), extra],
  });
  const model = { ...(json['model'] as object), ignore_merges: name === 'llama3' };
  return smallTokenizer({ ...json, model, ...changesOf(name) });
}

const names = ['gpt2', 'prefix', 'roberta', 'llama3'];
const tokenizers = new Map(await Promise.all(names.map(async (name) => [name, await build(name)] as const)));
const ALL: BatchEncodeOptions = {
  ...{ returnOffsetsMapping: true, returnSpecialTokensMask: true, returnWordIds: true },
  ...{ returnTokenTypeIds: true, typedArrays: true },
};

async function rowsOf(name: string, text: string, options: BatchEncodeOptions): Promise<Row[]> {
  const rows = await tokenizers.get(name)!(text, { ...ALL, ...options, typedArrays: true });
  return rows.inputIds.map((ids, i) => ({
    ids: Array.from(ids),
    types: Array.from(rows.tokenTypeIds![i]!),
    offsets: Array.from(rows.offsets![i]!),
    words: Array.from(rows.wordIds![i]!),
    special: Array.from(rows.specialTokensMask![i]!),
  }));
}

const titled = <C extends object>(cases: readonly C[]): { title: string; golden: C }[] =>
  cases.map((golden) => {
    const { tokenizer, text, pair, options } = golden as unknown as WindowCase;
    return { title: JSON.stringify({ tokenizer, text: text.slice(0, 40), pair, ...options }), golden };
  });

describe('byte-level BPE equals that of Python tokenizers', () => {
  it('is native', () => {
    for (const tokenizer of tokenizers.values()) expect(tokenizer.isNative).toBe(true);
  });

  it.each(titled(goldens.cases as Case[]))('$title', async ({ golden }) => {
    const { tokenizer: name, text, pair, decoded, ...row } = golden;
    expect(await rowsOf(name, text, { textPair: pair })).toEqual([row]);
    expect(tokenizers.get(name)!.encode(text, { textPair: pair }).inputIds).toEqual(row.ids);
    expect(tokenizers.get(name)!.decode(row.ids, { skipSpecialTokens: true })).toBe(decoded);
  });
});

describe('rows of what overflows equal those of Python tokenizers', () => {
  it.each(titled(goldens.windows as unknown as WindowCase[]))('$title', async ({ golden }) => {
    const { tokenizer, text, pair, options, rows } = golden;
    const wanted = rows.map((row) => ({ ...row, types: expect.any(Array) as number[] }));
    expect(await rowsOf(tokenizer, text, { ...options, textPair: pair, returnOverflowingTokens: true })).toEqual(
      wanted,
    );
  });
});

describe('options of overflow', () => {
  const overflow = { truncation: true, maxLength: 8, returnOverflowingTokens: true } as const;
  const tokenizer = tokenizers.get('roberta')!;

  it('name the text of each row, and what is new in it', async () => {
    const texts = [goldens.corpus[0]!, 'a', goldens.corpus[1]!];
    const rows = await tokenizer(texts, { ...overflow, stride: 2 });
    const whole = (await tokenizer(texts, { addSpecialTokens: false })).inputIds;
    for (const [i, ids] of whole.entries()) {
      const own = rows.overflowToSampleMapping!.flatMap((text, row) => (text === i ? [row] : []));
      expect(own.flatMap((row) => rows.inputIds[row]!.slice(1, -1).slice(-rows.newTokens![row]!))).toEqual(ids);
    }
  });

  it('refuse what makes no sense', async () => {
    expect(() => tokenizer.encode('a', overflow as object)).toThrow('returnOverflowingTokens makes several rows');
    await expect(tokenizer('a b', { ...overflow, stride: -1 })).rejects.toThrow('stride must be an integer from 0');
    await expect(tokenizer('a b', { stride: 1 })).rejects.toThrow('returnOverflowingTokens must be true');
    await expect(tokenizer(goldens.corpus[0]!, { ...overflow, stride: 6 })).rejects.toThrow(
      'stride must be below the room for the text, got 6 for 6',
    );
  });
});

describe('training equals that of Python tokenizers', () => {
  it.each(goldens.trainings.map(({ options }, i) => [JSON.stringify(options).slice(0, 80), i] as const))(
    '%s',
    async (_, i) => {
      const { options, vocab, merges } = goldens.trainings[i]!;
      const tokenizer = await trainByteLevelBpe(goldens.corpus, options);
      const tokens = [...tokenizer.getVocab()].sort((a, b) => a[1] - b[1]).map(([token]) => token);
      expect(tokens).toEqual(vocab);
      const folder = mkdtempSync(join(root, 'trained-'));
      await tokenizer.savePretrained(folder);
      rmSync(join(folder, 'tokenizer.json'));
      const again = await AutoTokenizer.fromPretrained(folder);
      expect(again.encode(goldens.corpus[0]!)).toEqual(tokenizer.encode(goldens.corpus[0]!));
      expect(merges.length).toBe(vocab.length - tokens.indexOf(merges[0]!.join('')));
    },
  );
});

const root = mkdtempSync(join(tmpdir(), 'gridstride-bpe-'));
afterAll(() => rmSync(root, { recursive: true }));

describe('folders of vocab.json and merges.txt', () => {
  const folderOf = (config: object, merges = trained!.merges.map((merge) => merge.join(' ')).join('\n')): string => {
    const folder = mkdtempSync(join(root, 'folder-'));
    writeFileSync(join(folder, 'vocab.json'), JSON.stringify(Object.fromEntries(vocabulary)));
    writeFileSync(join(folder, 'merges.txt'), `#version: 0.2\n${merges}\n`);
    writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify(config));
    return folder;
  };

  it.each(goldens.folders.map((golden) => ({ title: JSON.stringify(golden.config), golden })))(
    'load as in Python: $title',
    async ({ golden: { config, text, pair, ids, offsets, total } }) => {
      const tokenizer = await AutoTokenizer.fromPretrained(folderOf(config));
      const encoded = tokenizer.encode(text, { textPair: pair, returnOffsetsMapping: true });
      expect(encoded.inputIds).toEqual(ids);
      expect(encoded.offsets!.flat()).toEqual(offsets);
      expect(tokenizer.totalVocabSize).toBe(total);
      expect(tokenizer.eosTokenId).toBe(config.tokenizer_class === 'GPT2Tokenizer' ? total - 1 : 2);
    },
  );

  it.each([
    ['a', 'merges.txt: merge 0 must be two tokens, got "a"'],
    ['a b c', 'must be two tokens'],
    ['a b\nh zz', 'model.merges[0] must merge tokens of the vocabulary ("ab" is none)'],
    ['h zz', '("zz" is none)'],
  ])('name a merge that is none: %j', async (merges, text) => {
    await expect(AutoTokenizer.fromPretrained(folderOf({}, merges))).rejects.toThrow(text);
  });
});
