import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { AutoTokenizer } from '../../lib/tokenizers/index.js';

/** Texts whose ids differ from those of @huggingface/tokenizers, and how many were compared. */
export async function compareWithOracle(
  folder: string,
  texts: readonly string[],
): Promise<{ checked: number; different: string[] }> {
  const read = (name: string): object => JSON.parse(readFileSync(join(folder, name), 'utf8')) as object;
  const oracle = new Tokenizer(read('tokenizer.json'), read('tokenizer_config.json'));
  const tokenizer = await AutoTokenizer.fromPretrained(folder);
  const { inputIds } = await tokenizer(texts);
  const different = texts.filter((text, i) => {
    const expected = oracle.encode(text).ids;
    const got = inputIds[i]!;
    return got.length !== expected.length || got.some((id, k) => id !== expected[k]);
  });
  return { checked: texts.length, different };
}
