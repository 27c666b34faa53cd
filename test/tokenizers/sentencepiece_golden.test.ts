import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { AutoTokenizer, type BatchEncodeOptions, type PreTrainedTokenizer } from '../../lib/tokenizers/index.js';
import goldens from '../golden/sentencepiece_goldens.json' with { type: 'json' };
import { smallTokenizer } from './small_tokenizer.js';

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

const MODELS = new URL('../golden/sentencepiece/', import.meta.url).pathname;
const root = mkdtempSync(join(tmpdir(), 'gridstride-sentencepiece-'));
afterAll(() => rmSync(root, { recursive: true }));

function folderOf(name: string): string {
  const { model, file, config } = goldens.folders[name as keyof typeof goldens.folders];
  const folder = join(root, name);
  mkdirSync(folder);
  copyFileSync(join(MODELS, `${model}.model`), join(folder, file));
  writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify(config));
  return folder;
}

const names = Object.keys(goldens.folders);
const parts = goldens.files as { name: string; json: Record<string, unknown> }[];
const tokenizers = new Map<string, PreTrainedTokenizer>([
  ...(await Promise.all(names.map(async (name) => [name, await AutoTokenizer.fromPretrained(folderOf(name))] as const))),
  ...(await Promise.all(parts.map(async ({ name, json }) => [name, await smallTokenizer(json)] as const))),
]);

async function rowsOf(name: string, text: string, options: BatchEncodeOptions): Promise<Row[]> {
  const rows = await tokenizers.get(name)!(text, {
    ...{ returnOffsetsMapping: true, returnSpecialTokensMask: true, returnWordIds: true, returnTokenTypeIds: true },
    ...{ ...options, typedArrays: true },
  });
  return rows.inputIds.map((ids, i) => ({
    ids: Array.from(ids),
    types: Array.from(rows.tokenTypeIds![i]!),
    offsets: Array.from(rows.offsets![i]!),
    words: Array.from(rows.wordIds![i]!),
    special: Array.from(rows.specialTokensMask![i]!),
  }));
}

const titled = <C extends { tokenizer: string; text: string }>(cases: readonly C[]): { title: string; golden: C }[] =>
  cases.map((golden) => {
    const { tokenizer, text, pair, options } = golden as unknown as Case & { options?: object };
    return { title: JSON.stringify({ tokenizer, text: text.slice(0, 40), pair, ...options }), golden };
  });

describe('SentencePiece tokenizers equal those of Python', () => {
  it('are native', () => {
    for (const [name, tokenizer] of tokenizers) expect([name, tokenizer.isNative]).toEqual([name, true]);
  });

  it.each(names)('%s has its added tokens', async (name) => {
    const folder = join(root, `saved-${name}`);
    await tokenizers.get(name)!.savePretrained(folder);
    const saved = await AutoTokenizer.fromPretrained(folder);
    for (const { id, content, special } of goldens.added[name as keyof typeof goldens.added]) {
      expect([content, saved.convertTokensToIds(content)]).toEqual([content, id]);
      expect([content, saved.allSpecialIds.includes(id)]).toEqual([content, special]);
    }
    expect(saved.encode('The harbour')).toEqual(tokenizers.get(name)!.encode('The harbour'));
  });

  it.each(titled(goldens.cases as Case[]))('$title', async ({ golden }) => {
    const { tokenizer: name, text, pair, decoded, ...row } = golden;
    expect(await rowsOf(name, text, { textPair: pair })).toEqual([row]);
    expect(tokenizers.get(name)!.encode(text, { textPair: pair }).inputIds).toEqual(row.ids);
    expect(tokenizers.get(name)!.decode(row.ids)).toBe(decoded);
  });

  it.each(titled(goldens.windows as unknown as (Case & { options: BatchEncodeOptions; rows: Row[] })[]))(
    'windows of $title',
    async ({ golden }) => {
      const { tokenizer, text, options, rows } = golden;
      const wanted = rows.map((row) => ({ ...row, types: expect.any(Array) as number[] }));
      expect(await rowsOf(tokenizer, text, { ...options, returnOverflowingTokens: true })).toEqual(wanted);
    },
  );
});
