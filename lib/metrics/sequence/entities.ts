import { DataError } from '../../util/errors.js';
import { shown } from '../../util/shown.js';
import { type TagScheme, strictSpans } from './schemes.js';

/** A run of tokens that names something. */
export interface TagSpan {
  type: string;
  /** The first token and the last one. */
  start: number;
  end: number;
}

/** How tags are read. */
export interface TagOptions {
  /** Whether only runs that follow the scheme count; else any run does that can be told apart (conlleval's way). */
  mode?: 'strict';
  /** Of strict mode. */
  scheme?: TagScheme;
  /** Whether the letter stands behind the type, as in `PER-B`; false by default. */
  suffix?: boolean;
}

/** A tag as its letter and type; `_` where it has none. @internal */
export interface TagParts {
  letter: string;
  type: string;
}

const OUTSIDE: TagParts = { letter: 'O', type: '_' };

/** @internal */
export function partsOf(tag: string, isSuffix: boolean): TagParts {
  if (isSuffix) {
    const rest = tag.slice(0, -1);
    const at = rest.lastIndexOf('-');
    return { letter: tag.slice(-1), type: (at < 0 ? rest : rest.slice(0, at)) || '_' };
  }
  const rest = tag.slice(1);
  return { letter: tag[0]!, type: rest.slice(rest.indexOf('-') + 1) || '_' };
}

const isOutside = ({ letter }: TagParts): boolean => letter === 'O' || letter === '.';

function isEnd(before: TagParts, tag: TagParts): boolean {
  if (before.letter === 'E' || before.letter === 'S') return true;
  if ((before.letter === 'B' || before.letter === 'I') && 'BSO'.includes(tag.letter)) return true;
  return !isOutside(before) && before.type !== tag.type;
}

function isStart(before: TagParts, tag: TagParts): boolean {
  if (tag.letter === 'B' || tag.letter === 'S') return true;
  if ('ESO'.includes(before.letter) && 'EI'.includes(tag.letter)) return true;
  return !isOutside(tag) && before.type !== tag.type;
}

/** The runs that conlleval sees: whatever begins behind something else. */
function looseSpans(tags: readonly TagParts[]): TagSpan[] {
  const spans: TagSpan[] = [];
  let before: TagParts = { letter: 'O', type: '' };
  let start = 0;
  for (const [i, tag] of [...tags, OUTSIDE].entries()) {
    if (isEnd(before, tag)) spans.push({ type: before.type, start, end: i - 1 });
    if (isStart(before, tag)) start = i;
    before = tag;
  }
  return spans;
}

/** @throws {DataError} They are no list of texts that are not empty. @internal */
export function checkTags(where: string, tags: unknown): asserts tags is readonly string[] {
  if (Array.isArray(tags) && tags.every((tag) => typeof tag === 'string' && tag !== '')) return;
  throw new DataError(`${where}: tags must be a list of texts for each sentence, got ${shown(tags)}`);
}

/**
 * The runs of one sentence's tags.
 * @throws {DataError} A tag is none of the scheme's.
 * @internal
 */
export function spansOf(
  where: string,
  tags: readonly string[],
  { mode, scheme, suffix = false }: TagOptions,
): TagSpan[] {
  const parts = tags.map((tag) => partsOf(tag, suffix));
  return mode === 'strict' ? strictSpans(where, parts, scheme!) : looseSpans(parts);
}
