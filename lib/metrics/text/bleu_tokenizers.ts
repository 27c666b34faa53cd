import { wordsOf } from './words.js';

/** How {@link sacrebleu} cuts texts into words: as mteval-v13a does, by Unicode's classes, by characters, at spaces. */
export type BleuTokenizer = '13a' | 'intl' | 'char' | 'none';

type Step = readonly [found: RegExp, replacement: string];

/** Punctuation is a word of its own, but for points, commas and hyphens inside numbers. */
const MTEVAL: readonly Step[] = [
  [/<skipped>/g, ''],
  [/-\n/g, ''],
  [/\n/g, ' '],
  [/&quot;/g, '"'],
  [/&amp;/g, '&'],
  [/&lt;/g, '<'],
  [/&gt;/g, '>'],
  [/([{-~[-` -&(-+:-@/])/g, ' $1 '],
  [/([^0-9])([.,])/gu, '$1 $2 '],
  [/([.,])([^0-9])/gu, ' $1 $2'],
  [/([0-9])(-)/g, '$1 $2 '],
];

const INTERNATIONAL: readonly Step[] = [
  [/(\P{N})(\p{P})/gu, '$1 $2 '],
  [/(\p{P})(\P{N})/gu, ' $1 $2'],
  [/(\p{S})/gu, ' $1 '],
];

function afterSteps(text: string, steps: readonly Step[]): string[] {
  return wordsOf(steps.reduce((line, [found, replacement]) => line.replace(found, replacement), text));
}

/** The words of a text, by tokenizer. @internal */
export const BLEU_TOKENIZERS: Readonly<Record<BleuTokenizer, (text: string) => string[]>> = {
  // The spaces around the text let punctuation at its ends be found like any other.
  '13a': (text) => afterSteps(` ${text} `, MTEVAL),
  intl: (text) => afterSteps(text, INTERNATIONAL),
  char: (text) => [...text].flatMap(wordsOf),
  none: wordsOf,
};
