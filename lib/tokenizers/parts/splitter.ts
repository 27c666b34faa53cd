import type { CheckedValue } from '../checked_file.js';

/** How text is cut into words; the numbers are those of native/text/splitter.h. @internal */
export const SPLIT = { bert: 0, gpt2: 1, gpt4: 2, whole: 3, characters: 4 } as const;

/** What native/text/splitter.h takes, and whether words are bytes in GPT-2's alphabet from here on. @internal */
export interface Splitter {
  kind: (typeof SPLIT)[keyof typeof SPLIT];
  /** Characters of a number in one word, of gpt4. */
  maxDigits: number;
  /** The code point put before a stretch of text that does not begin with it; 0 for none. */
  prefix: number;
  /** Only before the text's first stretch. */
  prefixAtStart: boolean;
  byteLevel: boolean;
}

/** A stretch is one word. @internal */
export const PLAIN_SPLITTER: Splitter = {
  kind: SPLIT.whole,
  maxDigits: 0,
  prefix: 0,
  prefixAtStart: false,
  byteLevel: false,
};

const OTHERS = ' ?[^\\s\\p{L}\\p{N}]+';
const SPACES = '\\s+(?!\\S)|\\s+';
const ANY_CASE = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const GPT4_END = `${OTHERS}[\\r\\n]*|\\s*[\\r\\n]+|${SPACES}`;

/** Patterns known by their text, as files have them; the original of GPT-4's among them. */
const PATTERNS = new Map<string, Partial<Splitter>>([
  [`'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+|${OTHERS}|${SPACES}`, { kind: SPLIT.gpt2 }],
  [`'(?:[sdmt]|ll|ve|re)| ?\\p{L}+| ?\\p{N}+|${OTHERS}|${SPACES}`, { kind: SPLIT.gpt2 }],
  [`${ANY_CASE}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|${GPT4_END}`, { kind: SPLIT.gpt4, maxDigits: 3 }],
  [`${ANY_CASE}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}|${GPT4_END}`, { kind: SPLIT.gpt4, maxDigits: 1 }],
  [
    "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s*[\\r\\n]" +
      `|${SPACES}`,
    { kind: SPLIT.gpt4, maxDigits: 3 },
  ],
]);

const MAX_STEPS = 16;

/** A Split that keeps everything: a known regular expression, or the empty string, which cuts between characters. */
function readSplit(part: CheckedValue): Splitter | undefined {
  const isInverted = part.get('invert').optional((v) => v.boolean(), false);
  if (part.get('behavior').value !== 'Isolated' || isInverted) return undefined;
  const pattern = part.get('pattern');
  const regex = pattern.get('Regex').optional((v) => v.string(), undefined);
  const known = regex === undefined ? undefined : PATTERNS.get(regex);
  if (known !== undefined) return { ...PLAIN_SPLITTER, ...known };
  return pattern.get('String').value === '' ? { ...PLAIN_SPLITTER, kind: SPLIT.characters } : undefined;
}

function readByteLevel(part: CheckedValue): Splitter {
  const flag = (name: string): boolean => part.get(name).optional((v) => v.boolean(), true);
  const prefix = flag('add_prefix_space') ? 0x20 : 0;
  return { ...PLAIN_SPLITTER, kind: flag('use_regex') ? SPLIT.gpt2 : SPLIT.whole, prefix, byteLevel: true };
}

/** One after the other: a cut, then bytes. */
function readSequence(part: CheckedValue): Splitter | undefined {
  let whole: Splitter = PLAIN_SPLITTER;
  for (const step of part.get('pretokenizers').items(MAX_STEPS)) {
    const next = readSplitter(step);
    const isFirst = whole.kind === SPLIT.whole && !whole.byteLevel;
    if (next === undefined || !(isFirst || (next.kind === SPLIT.whole && next.prefix === 0))) return undefined;
    whole = isFirst ? next : { ...whole, byteLevel: whole.byteLevel || next.byteLevel };
  }
  return whole;
}

/**
 * The pre-tokenizer of a tokenizer.json, or undefined when the native encoder lacks it.
 * @throws {TokenizerError} A field breaks its rule.
 * @internal
 */
export function readSplitter(part: CheckedValue): Splitter | undefined {
  if (part.isAbsent) return PLAIN_SPLITTER;
  switch (part.get('type').value) {
    case 'BertPreTokenizer':
      return { ...PLAIN_SPLITTER, kind: SPLIT.bert };
    case 'ByteLevel':
      return readByteLevel(part);
    case 'Split':
      return readSplit(part);
    case 'Sequence':
      return readSequence(part);
    default:
      return undefined;
  }
}
