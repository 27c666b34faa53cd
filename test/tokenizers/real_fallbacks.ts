import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { expect } from 'vitest';
import { AutoTokenizer, type PreTrainedTokenizer } from '../../lib/tokenizers/index.js';

const texts = ['Hello world', "I can't log in, my password... [MASK] <mask> é 中 \u{1f600}", ''];

/** Checks a folder whose tokenizer is encoded in JavaScript against the library that does it, called directly. */
export async function checkRealFallback(folder: string): Promise<void> {
  const read = (name: string): object => JSON.parse(readFileSync(join(folder, name), 'utf8')) as object;
  const oracle = new Tokenizer(read('tokenizer.json'), read('tokenizer_config.json'));
  const tokenizer: PreTrainedTokenizer = await AutoTokenizer.fromPretrained(folder);
  try {
    expect(tokenizer.isNative).toBe(false);
    const { inputIds } = await tokenizer(texts);
    expect(inputIds.slice(0, 2)).toEqual(texts.slice(0, 2).map((text) => oracle.encode(text).ids));
    const pair = oracle.encode('Hello', { text_pair: 'world' }).ids;
    expect((await tokenizer('Hello', { textPair: 'world' })).inputIds).toEqual([pair]);
    expect(tokenizer.encode(texts[1]!).inputIds).toEqual(inputIds[1]);
    const text = tokenizer.decode(inputIds[0]!, { skipSpecialTokens: true, cleanUpTokenizationSpaces: false });
    const options = { skip_special_tokens: true, clean_up_tokenization_spaces: false };
    expect(text).toBe(oracle.decode(inputIds[0]!, options));
  } finally {
    tokenizer.dispose();
  }
}
