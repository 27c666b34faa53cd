import type { CheckedValue } from '../checked_file.js';

/** A step of a normaliser, as native/napi/normalizer_steps.cc takes it. @internal */
export type NormalizerStep =
  | { type: 'Replace'; pattern: string; content: string }
  /** Runs of so many spaces or more become the content. */
  | { type: 'ReplaceSpaces'; least: number; content: string }
  /** Runs of two of any white space or more, and single line ends and tabs. */
  | { type: 'ReplaceWhitespace'; content: string }
  | { type: 'Prepend'; content: string }
  | { type: 'Strip'; left: boolean; right: boolean }
  | { type: 'Precompiled'; charsmap: Uint8Array }
  | { type: 'NFC' | 'NFD' | 'NFKC' | 'NFKD' | 'Nmt' | 'Lowercase' | 'StripAccents' }
  | SentencePieceStep;

/** SentencePiece's own normaliser. @internal */
export interface SentencePieceStep {
  type: 'SentencePiece';
  charsmap: Uint8Array;
  /** A space before the text, or behind it. */
  addsDummyPrefix: boolean;
  removesExtraWhitespaces: boolean;
  /** Spaces become U+2581. */
  escapesWhitespaces: boolean;
  /** The space goes behind the text. */
  isSuffix: boolean;
  /** What stays as it is. */
  symbols: readonly string[];
}

/** What BERT's normaliser does, as native/text/normalizer.h takes it; without one, all are false. @internal */
export interface BertNormalizer {
  cleanText: boolean;
  cjkSpacing: boolean;
  stripAccents: boolean;
  lowerCase: boolean;
}

/** BERT's normaliser, then steps. @internal */
export interface Normalizer extends BertNormalizer {
  steps: readonly NormalizerStep[];
}

/** Text stays as it is. @internal */
export const NO_NORMALIZER: Normalizer = {
  ...{ cleanText: false, cjkSpacing: false, stripAccents: false, lowerCase: false },
  steps: [],
};

const MAX_STEPS = 16;
const MAX_PATTERN = 256;
/** ` {2,}` and the like. */
const SPACES = /^ (?:\{(\d{1,3}),\}|\+)$/;
const WHITESPACE = '\\s{2,}|[\\n\\r\\t]';
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

function readBert(part: CheckedValue): Normalizer {
  const flag = (name: string, otherwise: boolean): boolean => part.get(name).optional((v) => v.boolean(), otherwise);
  const lowerCase = flag('lowercase', true);
  return {
    cleanText: flag('clean_text', true),
    cjkSpacing: flag('handle_chinese_chars', true),
    stripAccents: flag('strip_accents', lowerCase),
    lowerCase,
    steps: [],
  };
}

function readShort(value: CheckedValue): string {
  const text = value.string();
  return text.length > MAX_PATTERN ? value.fail(`must have at most ${MAX_PATTERN} characters`) : text;
}

function readReplace(part: CheckedValue): NormalizerStep | undefined {
  const content = readShort(part.get('content'));
  const pattern = part.get('pattern');
  const regex = pattern.get('Regex').optional(readShort, undefined);
  if (regex === WHITESPACE) return { type: 'ReplaceWhitespace', content };
  if (regex !== undefined) {
    const spaces = SPACES.exec(regex);
    const least = Number(spaces?.[1] ?? 1);
    return spaces === null || least === 0 ? undefined : { type: 'ReplaceSpaces', least, content };
  }
  const text = readShort(pattern.get('String'));
  return text === '' ? pattern.fail('must not be empty') : { type: 'Replace', pattern: text, content };
}

/** The bytes of a precompiled_charsmap; what they say is checked by native/text. */
function readCharsmap(value: CheckedValue): Uint8Array {
  if (value.isAbsent) return new Uint8Array();
  const text = value.string();
  return BASE64.test(text) ? Buffer.from(text, 'base64') : value.fail('must be base64');
}

function readStep(part: CheckedValue): NormalizerStep | undefined {
  const flag = (name: string): boolean => part.get(name).optional((v) => v.boolean(), true);
  const type = part.get('type').value;
  switch (type) {
    case 'Replace':
      return readReplace(part);
    case 'Prepend':
      return { type, content: readShort(part.get('prepend')) };
    case 'Strip':
      return { type, left: flag('strip_left'), right: flag('strip_right') };
    case 'Precompiled':
      return { type, charsmap: readCharsmap(part.get('precompiled_charsmap')) };
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD':
    case 'Nmt':
    case 'Lowercase':
    case 'StripAccents':
      return { type };
    default:
      return undefined;
  }
}

/** One after the other; BERT's may only be the first. */
function readSequence(part: CheckedValue): Normalizer | undefined {
  let whole = NO_NORMALIZER;
  for (const [i, item] of part.get('normalizers').items(MAX_STEPS).entries()) {
    const next = readNormalizer(item);
    if (next === undefined || (i > 0 && item.get('type').value === 'BertNormalizer')) return undefined;
    whole = i === 0 ? next : { ...whole, steps: [...whole.steps, ...next.steps] };
  }
  if (whole.steps.length > MAX_STEPS) part.fail(`must have at most ${MAX_STEPS} steps`);
  return whole;
}

/**
 * The normaliser of a tokenizer.json, or undefined when the native encoder lacks it.
 * @throws {TokenizerError} A field breaks its rule.
 * @internal
 */
export function readNormalizer(part: CheckedValue): Normalizer | undefined {
  if (part.isAbsent) return NO_NORMALIZER;
  switch (part.get('type').value) {
    case 'BertNormalizer':
      return readBert(part);
    case 'Sequence':
      return readSequence(part);
    default: {
      const step = readStep(part);
      return step && { ...NO_NORMALIZER, steps: [step] };
    }
  }
}
