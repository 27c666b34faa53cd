import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { AutoTokenizer, type BatchEncodeOptions, type PreTrainedTokenizer } from '../../lib/tokenizers/index.js';
import goldens from '../golden/sentencepiece_goldens.json' with { type: 'json' };
import { smallTokenizer } from './small_tokenizer.js';

/** Ids, and digests of what stands beside them and of types with the decoded text. */
interface Row {
  ids: number[];
  rest: string;
  text?: string;
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

/** A part of tokenizer.json with the large parts that several have. */
function withShared(part: unknown): unknown {
  if (typeof part !== 'object' || part === null) return part;
  const { shared } = part as { shared?: number };
  if (shared !== undefined) return withShared(goldens.shared[shared]);
  if (Array.isArray(part)) return part.map(withShared);
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, withShared(value)]));
}

const names = Object.keys(goldens.folders);
const parts = goldens.files.map(({ name, json }) => ({ name, json: withShared(json) as Record<string, unknown> }));
const tokenizers = new Map<string, PreTrainedTokenizer>([
  ...(await Promise.all(names.map(async (name) => [name, await AutoTokenizer.fromPretrained(folderOf(name))] as const))),
  ...(await Promise.all(parts.map(async ({ name, json }) => [name, await smallTokenizer(json)] as const))),
]);

function digest(...fields: readonly (string | Int32Array)[]): string {
  const hash = createHash('sha256');
  for (const field of fields) {
    hash.update(typeof field === 'string' ? field : new Uint8Array(field.buffer, field.byteOffset, field.byteLength));
  }
  return hash.digest('hex').slice(0, 16);
}

async function rowsOf(name: string, text: string, options: BatchEncodeOptions): Promise<Row[]> {
  const tokenizer = tokenizers.get(name)!;
  const rows = await tokenizer(text, {
    ...{ returnOffsetsMapping: true, returnSpecialTokensMask: true, returnWordIds: true, returnTokenTypeIds: true },
    ...{ ...options, typedArrays: true },
  });
  return rows.inputIds.map((ids, i) => ({
    ids: Array.from(ids),
    rest: digest(rows.offsets![i]!, rows.wordIds![i]!, rows.specialTokensMask![i]!),
    text: digest(rows.tokenTypeIds![i]!, tokenizer.decode(ids)),
  }));
}

describe('SentencePiece tokenizers equal those of Python', () => {
  it('are native', () => {
    for (const [name, tokenizer] of tokenizers) expect([name, tokenizer.isNative]).toEqual([name, true]);
  });

  it.each(names)('%s has its added tokens', async (name) => {
    const folder = join(root, `saved-${name}`);
    await tokenizers.get(name)!.savePretrained(folder);
    const saved = await AutoTokenizer.fromPretrained(folder);
    for (const [id, content, special] of goldens.added[name as keyof typeof goldens.added] as [number, string, boolean][]) {
      expect([content, saved.convertTokensToIds(content)]).toEqual([content, id]);
      expect([content, saved.allSpecialIds.includes(id)]).toEqual([content, special]);
    }
    expect(saved.encode('The harbour')).toEqual(tokenizers.get(name)!.encode('The harbour'));
  });

  it.each(goldens.cases.map(({ tokenizer, rows }) => [tokenizer, rows] as const))('%s on all texts', async (name, rows) => {
    expect(rows).toHaveLength(goldens.texts.length);
    for (const [i, [text, pair]] of (goldens.texts as [string, string | null][]).entries()) {
      const textPair = pair ?? undefined;
      const got = await rowsOf(name, text, { textPair });
      expect({ text, pair, row: got }).toEqual({ text, pair, row: [rows[i]] });
      expect(tokenizers.get(name)!.encode(text, { textPair }).inputIds).toEqual(rows[i]!.ids);
    }
  });

  it.each(goldens.windows.map((golden) => [golden.tokenizer, golden.options.truncationSide, golden] as const))(
    '%s has rows of what is cut from the %s',
    async (name, _, { options, rows }) => {
      const text = goldens.texts[1]![0]!;
      const got = await rowsOf(name, text, { ...(options as BatchEncodeOptions), returnOverflowingTokens: true });
      expect(got.map(({ ids, rest }) => ({ ids, rest }))).toEqual(rows);
    },
  );
});
