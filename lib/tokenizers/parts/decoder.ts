import type { CheckedValue } from '../checked_file.js';
import { bytesOfTokens, textOfBytes } from './byte_alphabet.js';
import { readMetaspace } from './splitter.js';

/** One step of a decoder: what tokens become; at the end they are joined. @internal */
export type Decoder = (tokens: readonly string[]) => readonly string[];

/** What tokenization put before English contractions and punctuation, in the order Hugging Face takes it out. */
const CLEAN_UP: readonly (readonly [string, string])[] = [
  [' .', '.'],
  [' ?', '?'],
  [' !', '!'],
  [' ,', ','],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
];

/**
 * Takes out the spaces before punctuation and English contractions.
 * @internal
 */
export function cleanUpSpaces(text: string): string {
  return CLEAN_UP.reduce((out, [from, to]) => out.replaceAll(from, to), text);
}

/** Those with the prefix go on the word before them. */
function wordPieces(prefix: string, cleanup: boolean): Decoder {
  return (tokens) =>
    tokens.map((token, i) => {
      const continues = i > 0 && token.startsWith(prefix);
      const text = i === 0 ? token : continues ? token.slice(prefix.length) : ` ${token}`;
      return cleanup ? cleanUpSpaces(text) : text;
    });
}

/** Runs of <0x00> to <0xFF> become their text, or U+FFFD for each where they are no UTF-8. */
function fallbackBytes(tokens: readonly string[]): string[] {
  const out: string[] = [];
  let run: number[] = [];
  const flush = (): void => {
    if (run.length === 0) return;
    try {
      out.push(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(run)));
    } catch {
      out.push('\ufffd'.repeat(run.length));
    }
    run = [];
  };
  for (const token of tokens) {
    const byte = /^<0x([0-9A-Fa-f]{2})>$/.exec(token)?.[1];
    if (byte === undefined) flush();
    if (byte === undefined) out.push(token);
    else run.push(Number.parseInt(byte, 16));
  }
  flush();
  return out;
}

/** Takes out so many of a character at the begin and the end of each. */
function strip(content: string, start: number, stop: number): Decoder {
  const strippedOf = (token: string): string => {
    const characters = Array.from(token);
    let [from, to] = [0, characters.length];
    while (from < Math.min(start, to) && characters[from] === content) from += 1;
    while (to > from && characters.length - to < stop && characters[to - 1] === content) to -= 1;
    return characters.slice(from, to).join('');
  };
  return (tokens) => tokens.map(strippedOf);
}

/** Marks are spaces, but at the begin of the first token. */
function metaspace(mark: string, hasPrefix: boolean): Decoder {
  return (tokens) => tokens.map((token, i) => token.replaceAll(mark, i === 0 && hasPrefix ? '' : ' '));
}

const MAX_STEPS = 16;
const MAX_STRIP = 2 ** 16;

/**
 * The decoder of a tokenizer.json, or undefined when it is not known here. Without one, tokens are joined with spaces.
 * @throws {TokenizerError} A field breaks its rule.
 * @internal
 */
export function readDecoder(part: CheckedValue): Decoder | undefined {
  if (part.isAbsent) return (tokens) => [tokens.join(' ')];
  switch (part.get('type').value) {
    case 'ByteLevel':
      return (tokens) => [textOfBytes(bytesOfTokens(tokens))];
    case 'ByteFallback':
      return fallbackBytes;
    case 'Fuse':
      return (tokens) => [tokens.join('')];
    case 'Replace': {
      const [from, to] = [part.get('pattern').get('String').value, part.get('content').string()];
      return typeof from === 'string' && from !== ''
        ? (tokens) => tokens.map((token) => token.replaceAll(from, () => to))
        : undefined;
    }
    case 'Strip': {
      const count = (name: string): number => part.get(name).integer(0, MAX_STRIP);
      return strip(part.get('content').string(), count('start'), count('stop'));
    }
    case 'Metaspace': {
      const { prefix, space } = readMetaspace(part);
      return metaspace(String.fromCodePoint(space), prefix !== 0);
    }
    case 'WordPiece':
      return wordPieces(
        part.get('prefix').optional((v) => v.string(), '##'),
        part.get('cleanup').optional((v) => v.boolean(), true),
      );
    case 'Sequence': {
      const steps = part.get('decoders').items(MAX_STEPS).map(readDecoder);
      if (!steps.every((step) => step !== undefined)) return undefined;
      return (tokens) => steps.reduce((done, step) => step(done), tokens);
    }
    default:
      return undefined;
  }
}
