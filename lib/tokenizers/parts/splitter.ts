import type { CheckedValue } from '../checked_file.js';

/** How text is cut into words; the numbers are those of native/text/splitter.h. @internal */
export const SPLIT = {
  ...{ bert: 0, gpt2: 1, gpt4: 2, whole: 3, characters: 4 },
  ...{ words: 5, spaces: 6, marks: 7, markedSpaces: 8, afterSpaces: 9 },
} as const;

/** What native/text/splitter.h takes, and whether words are bytes in GPT-2's alphabet from here on. @internal */
export interface Splitter {
  kind: (typeof SPLIT)[keyof typeof SPLIT];
  /** Characters of a number in one word, of gpt4. */
  maxDigits: number;
  /** The code point put before a stretch of text that does not begin with it; 0 for none. */
  prefix: number;
  /** Only before the text's first stretch. */
  prefixAtStart: boolean;
  /** Before every word rather than every stretch. */
  prefixWords: boolean;
  /** The code point that spaces become; 0: they stay. */
  space: number;
  byteLevel: boolean;
}

/** A stretch is one word. @internal */
export const PLAIN_SPLITTER: Splitter = {
  kind: SPLIT.whole,
  maxDigits: 0,
  prefix: 0,
  prefixAtStart: false,
  prefixWords: false,
  space: 0,
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

/**
 * A Split that keeps everything: a known regular expression, or the empty string, which cuts between characters, or a
 * cut after spaces.
 */
function readSplit(part: CheckedValue): Splitter | undefined {
  if (part.get('invert').optional((v) => v.boolean(), false)) return undefined;
  const behavior = part.get('behavior').value;
  const pattern = part.get('pattern');
  const isAfterSpaces = behavior === 'MergedWithPrevious' && pattern.get('String').value === ' ';
  if (isAfterSpaces) return { ...PLAIN_SPLITTER, kind: SPLIT.afterSpaces };
  if (behavior !== 'Isolated') return undefined;
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

/**
 * Metaspace: spaces as a mark, at which words begin; files of old have add_prefix_space alone.
 * @throws {TokenizerError} A field breaks its rule.
 * @internal
 */
export function readMetaspace(part: CheckedValue): Splitter {
  const replacement = part.get('replacement');
  const mark = replacement.string();
  if (Array.from(mark).length !== 1) replacement.fail('must be one character');
  const space = mark.codePointAt(0)!;
  const isLegacyNever = part.get('add_prefix_space').optional((v) => v.boolean(), true) === false;
  const scheme = part.get('prepend_scheme');
  const when = scheme.isAbsent && isLegacyNever ? 'never' : (scheme.value ?? 'always');
  if (when !== 'always' && when !== 'first' && when !== 'never') scheme.fail('must be always, first or never');
  return {
    ...PLAIN_SPLITTER,
    kind: part.get('split').optional((v) => v.boolean(), true) ? SPLIT.marks : SPLIT.whole,
    prefix: when === 'never' ? 0 : space,
    prefixAtStart: when === 'first',
    space,
  };
}

/** A cut at white space, then marks. */
function markedSpaces(marks: Splitter): Splitter {
  const kind = marks.kind === SPLIT.marks ? SPLIT.markedSpaces : SPLIT.spaces;
  return { ...marks, kind, prefixWords: marks.prefix !== 0 };
}

/** One after the other: a cut, then bytes. */
function readSequence(part: CheckedValue): Splitter | undefined {
  let whole: Splitter = PLAIN_SPLITTER;
  for (const step of part.get('pretokenizers').items(MAX_STEPS)) {
    const next = readSplitter(step);
    const isFirst = whole.kind === SPLIT.whole && !whole.byteLevel && whole.space === 0;
    if (whole.kind === SPLIT.spaces && whole.space === 0 && next !== undefined && next.space !== 0) {
      whole = markedSpaces(next);
      continue;
    }
    if (next === undefined || !(isFirst || (next.kind === SPLIT.whole && next.prefix === 0 && next.space === 0))) return undefined;
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
    case 'Metaspace':
      return readMetaspace(part);
    case 'Whitespace':
      return { ...PLAIN_SPLITTER, kind: SPLIT.words };
    case 'WhitespaceSplit':
      return { ...PLAIN_SPLITTER, kind: SPLIT.spaces };
    default:
      return undefined;
  }
}
