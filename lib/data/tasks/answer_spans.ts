import { DataError } from '../../util/errors.js';
import { shown } from '../../util/shown.js';

/** An answer in its context: where it begins, and its text. @internal */
export interface Answer {
  text: string;
  start: number;
}

/** Code points before a UTF-16 index are at most as many as units: walks them. */
function unitsOf(context: string, codePoints: number): number {
  let units = 0;
  for (let i = 0; i < codePoints && units < context.length; i++) units += context.codePointAt(units)! > 0xffff ? 2 : 1;
  return units;
}

const LIST_RULE = 'column answers must hold texts and where they begin';

/** Answers as data has them; whether their places count code points, as SQuAD's do, in place of UTF-16 units. */
interface Listed {
  texts: unknown[];
  starts: unknown[];
  areCodePoints: boolean;
}

/** The lists of SQuAD in either of its forms: {text: [...], answer_start: [...]} or [{text, answer_start}, ...]. */
function listed(where: string, value: unknown, place: string): Listed {
  if (value === null || value === undefined) return { texts: [], starts: [], areCodePoints: true };
  const whole = value as Record<string, unknown>;
  const all = Array.isArray(value) ? (value as (Record<string, unknown> | null)[]) : undefined;
  const listOf = (name: string): unknown => (all === undefined ? whole[name] : all.map((one) => one?.[name]));
  const areCodePoints = all === undefined ? whole['answerStart'] === undefined : all[0]?.['answerStart'] === undefined;
  const [texts, starts] = [listOf('text'), listOf(areCodePoints ? 'answer_start' : 'answerStart')];
  if (Array.isArray(texts) && Array.isArray(starts) && texts.length === starts.length)
    return { texts, starts, areCodePoints };
  throw new DataError(`${where}: ${LIST_RULE}, got ${shown(value)}${place}`);
}

/**
 * The answers of a question; none where it has none.
 * @param row its number, for errors; undefined where the caller names the place
 * @throws {DataError} They are of no known form, or one does not stand in the context where it says
 * @internal
 */
export function answersOf(where: string, value: unknown, context: string, row?: number): Answer[] {
  const place = row === undefined ? '' : ` in row ${row}`;
  const { texts, starts, areCodePoints } = listed(where, value, place);
  return texts.map((text, i) => {
    const start = starts[i];
    if (typeof text !== 'string' || !Number.isInteger(start))
      throw new DataError(`${where}: ${LIST_RULE}, got ${shown(value)}${place}`, { row });
    const at = areCodePoints ? unitsOf(context, start as number) : (start as number);
    if (text !== '' && at >= 0 && (start as number) >= 0 && context.startsWith(text, at)) return { text, start: at };
    const there = shown(context.slice(Math.max(at, 0), Math.max(at, 0) + text.length));
    const got = `${shown(text)} at ${String(start)}${place}, where the context has ${there}`;
    throw new DataError(`${where}: answers must stand in their context, got ${got}`, { row, start, text });
  });
}

/** A window's tokens of the context. @internal */
export interface ContextSpan {
  begin: number;
  /** Past the last one. */
  end: number;
}

/**
 * The context's tokens in a row of question and context: the last run of tokens that the template did not add.
 * @param isSpecial 1 for tokens that the template added
 * @param questionTokens of templates that put nothing between the two
 * @internal
 */
export function contextSpan(isSpecial: Int32Array, questionTokens: () => number): ContextSpan {
  const end = isSpecial.lastIndexOf(0) + 1;
  const before = isSpecial.lastIndexOf(1, end - 1);
  const first = isSpecial.indexOf(0);
  const isSeparated = before > first;
  return { begin: isSeparated ? before + 1 : first + questionTokens(), end };
}

/**
 * The first and last token of an answer; undefined where the window does not hold all of it.
 * @param offsets two numbers a token
 * @internal
 */
export function answerTokens(
  { start, text }: Answer,
  offsets: Int32Array,
  { begin, end }: ContextSpan,
): [first: number, last: number] | undefined {
  const stop = start + text.length;
  if (begin >= end || offsets[2 * begin]! > start || offsets[2 * end - 1]! < stop) return undefined;
  let first = begin;
  while (first + 1 < end && offsets[2 * (first + 1)]! <= start) first += 1;
  let last = end - 1;
  while (last - 1 >= begin && offsets[2 * (last - 1) + 1]! >= stop) last -= 1;
  return [first, last];
}
