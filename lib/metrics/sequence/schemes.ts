import { DataError } from '../../util/errors.js';
import type { TagParts, TagSpan } from './entities.js';

/** How tags mark where a run begins and ends. */
export type TagScheme = 'IOB1' | 'IOB2' | 'IOE1' | 'IOE2' | 'IOBES' | 'BILOU';

/** Letters before, letters of the tag itself, and whether both must be, or must not be, of one type. */
type Pattern = readonly [before: string, tag: string, type?: 'same' | 'other'];

interface Scheme {
  letters: string;
  /** Where a run begins, goes on, and is whole in front of a tag. */
  start: readonly Pattern[];
  inside: readonly Pattern[];
  end: readonly Pattern[];
}

const ANY = 'BIOESLU';

/** @internal */
export const SCHEMES: Readonly<Record<TagScheme, Scheme>> = {
  // B only where a run of the same type comes right behind another one.
  IOB1: {
    letters: 'IOB',
    start: [
      ['OB', 'I'],
      ['I', 'I', 'other'],
      ['IB', 'B', 'same'],
    ],
    inside: [['BI', 'I', 'same']],
    end: [
      ['IB', 'I', 'other'],
      ['IB', 'O'],
      ['I', 'B'],
      ['B', 'B', 'same'],
    ],
  },
  IOB2: {
    letters: 'IOB',
    start: [[ANY, 'B']],
    inside: [['BI', 'I', 'same']],
    end: [
      ['IB', 'OB'],
      ['IB', 'I', 'other'],
    ],
  },
  // E only where a run of the same type comes right behind; seqeval takes a run of E alone only behind such a one.
  IOE1: {
    letters: 'IOE',
    start: [
      ['OE', 'I'],
      ['I', 'I', 'other'],
      ['E', 'E', 'same'],
    ],
    inside: [['I', 'IE', 'same']],
    end: [
      ['I', 'IE', 'other'],
      ['I', 'O'],
      ['E', 'IE', 'same'],
    ],
  },
  IOE2: {
    letters: 'IOE',
    start: [
      ['OE', 'IE'],
      ['I', 'IE', 'other'],
    ],
    inside: [['I', 'IE', 'same']],
    end: [['E', ANY]],
  },
  IOBES: {
    letters: 'IOBES',
    start: [[ANY, 'BS']],
    inside: [['BI', 'IE', 'same']],
    end: [['SE', ANY]],
  },
  BILOU: {
    letters: 'BILOU',
    start: [[ANY, 'BU']],
    inside: [['BI', 'IL', 'same']],
    end: [['UL', ANY]],
  },
};

function matches(patterns: readonly Pattern[], before: TagParts, tag: TagParts): boolean {
  return patterns.some(
    ([letters, own, type]) =>
      letters.includes(before.letter) &&
      own.includes(tag.letter) &&
      (type === undefined || (type === 'same') === (before.type === tag.type)),
  );
}

/**
 * The runs of tags that are whole as the scheme has it.
 * @throws {DataError} A tag's letter is none of the scheme's.
 * @internal
 */
export function strictSpans(where: string, tags: readonly TagParts[], name: TagScheme): TagSpan[] {
  const { letters, start, inside, end } = SCHEMES[name];
  const outside: TagParts = { letter: 'O', type: '_' };
  const all = tags.map(({ letter, type }): TagParts => ({ letter, type: type.replace(/^-+|-+$/g, '') || '_' }));
  all.push(outside);
  const wrong = all.findIndex(({ letter }) => !letters.includes(letter));
  if (wrong >= 0) {
    const rule = `tags of ${name} must begin with one of ${[...letters].join(', ')}`;
    throw new DataError(`${where}: ${rule}, got ${all[wrong]!.letter} at ${wrong}`, { scheme: name });
  }
  const spans: TagSpan[] = [];
  for (let i = 0; i < all.length;) {
    const first = all[i]!;
    if (!matches(start, all[i - 1] ?? outside, first)) {
      i += 1;
      continue;
    }
    let next = i + 1;
    while (next < all.length && matches(inside, all[next - 1]!, all[next]!)) next += 1;
    if (matches(end, all[next - 1]!, all[next]!)) spans.push({ type: first.type, start: i, end: next - 1 });
    i = next;
  }
  return spans;
}
