import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError, DataError } from '../../util/errors.js';
import { LoopPacer } from '../../util/yield.js';
import { Dataset } from '../table/dataset.js';

/** A tokenized text of any length, with special tokens marked. */
export interface LongRow {
  inputIds: ArrayLike<number>;
  tokenTypeIds?: ArrayLike<number> | undefined;
  /** 1 for tokens that stand around texts, 0 for those of the texts: the tokenizer's `returnSpecialTokensMask`. */
  specialTokensMask: ArrayLike<number>;
}

/** A stretch of a long row, a row of its own. */
export interface WindowRow {
  inputIds: number[];
  tokenTypeIds?: number[];
  /** The row it is of. */
  sampleIndex: number;
  /** Tokens of the row's text that it holds, and no window before it: its weight when lengths count. */
  newTokens: number;
}

/** How long rows are cut. */
export interface WindowOptions {
  /** Most tokens of a window, with the special ones and what all windows share. */
  maxLength: number;
  /** Tokens that a window repeats from the one before; 0 by default. */
  stride?: number;
}

/** The stretch of a row that is cut: its last text, which may be empty where token types tell it from the first. */
function lastText({ inputIds, tokenTypeIds, specialTokensMask }: LongRow): [begin: number, end: number] {
  let end = inputIds.length;
  const isOfLast = (place: number): boolean => tokenTypeIds?.[place] === tokenTypeIds?.[inputIds.length - 1];
  while (end > 0 && specialTokensMask[end - 1] === 1 && isOfLast(end - 1)) end -= 1;
  let begin = end;
  while (begin > 0 && specialTokensMask[begin - 1] !== 1) begin -= 1;
  return [begin, end];
}

/** Which of a row's places a window holds: all before `begin`, those of [start, stop), and all from `end` on. @internal */
export interface WindowRange {
  begin: number;
  start: number;
  stop: number;
  end: number;
  newTokens: number;
}

/**
 * The windows of a row one by one, see {@link splitIntoWindows}.
 * @internal
 */
export function* windowRanges(row: LongRow, index: number, options: WindowOptions): Generator<WindowRange> {
  checkOptionNames('splitIntoWindows', options, ['maxLength', 'stride']);
  const { maxLength, stride = 0 } = options;
  const { inputIds, tokenTypeIds, specialTokensMask } = row;
  for (const [name, list] of Object.entries({ specialTokensMask, tokenTypeIds })) {
    if ((name === 'tokenTypeIds' && list === undefined) || list?.length === inputIds?.length) continue;
    const got = `${list?.length} for ${inputIds?.length} in row ${index}`;
    throw new DataError(`splitIntoWindows: ${name} must be as long as inputIds, got ${got}`, { row: index });
  }
  const [begin, end] = lastText(row);
  const room = maxLength - (inputIds.length - (end - begin));
  if (!Number.isInteger(maxLength) || room < 1)
    throw new ConfigError(`splitIntoWindows: maxLength must leave room for the text, got ${maxLength}`, { maxLength });
  if (!Number.isInteger(stride) || stride < 0 || stride >= room) {
    const rule = `stride must be an integer from 0 below the room for the text, ${room}`;
    throw new ConfigError(`splitIntoWindows: ${rule}, got ${stride}`, { stride, room });
  }
  let [start, seen] = [begin, begin];
  do {
    const stop = Math.min(start + room, end);
    yield { begin, start, stop, end, newTokens: stop - seen };
    seen = stop;
    start += room - stride;
  } while (seen < end);
}

/**
 * What a window holds of a row's list.
 * @param width values of each place
 * @internal
 */
export function cutWindow(list: ArrayLike<number>, { begin, start, stop, end }: WindowRange, width = 1): Int32Array {
  const cut = new Int32Array((begin + stop - start - end) * width + list.length);
  const parts = [
    [0, begin],
    [start, stop],
    [end, list.length / width],
  ] as const;
  let size = 0;
  for (const [from, to] of parts) for (let i = from * width; i < to * width; i++) cut[size++] = list[i]!;
  return cut;
}

/**
 * Cuts a long row into windows that each fit a model, as Python's tokenizers do with `stride` and
 * `return_overflowing_tokens`: special tokens, and the first text of a pair, are in every window; the last text goes on
 * from window to window, `stride` tokens of it repeated.
 *
 * @param sampleIndex What windows are to name the row by.
 * @throws {ConfigError} `maxLength` leaves no room, or `stride` is as long as the room.
 * @throws {DataError} The mask or token types are not as long as the ids.
 *
 * @example
 * ```ts
 * import { splitIntoWindows } from 'gridstride';
 * const row = { inputIds: [101, 1, 2, 3, 4, 5, 102], specialTokensMask: [1, 0, 0, 0, 0, 0, 1] };
 * const windows = splitIntoWindows(row, 0, { maxLength: 5, stride: 1 });
 * console.log(windows.map((window) => window.inputIds)); // [ [ 101, 1, 2, 3, 102 ], [ 101, 3, 4, 5, 102 ] ]
 * ```
 */
export function splitIntoWindows(row: LongRow, sampleIndex: number, options: WindowOptions): WindowRow[] {
  return Array.from(windowRanges(row, sampleIndex, options), (range) => windowOf(row, sampleIndex, range));
}

function windowOf({ inputIds, tokenTypeIds }: LongRow, sampleIndex: number, range: WindowRange): WindowRow {
  const window = { inputIds: [...cutWindow(inputIds, range)], sampleIndex, newTokens: range.newTokens };
  return tokenTypeIds === undefined ? window : { ...window, tokenTypeIds: [...cutWindow(tokenTypeIds, range)] };
}

/**
 * The windows of every row as a dataset of their own; other columns, such as labels, are repeated for each window.
 *
 * @throws {ConfigError} `maxLength` or `stride` is out of range.
 * @throws {DataError} A row has no mask, or lists of unequal lengths.
 * @throws {AbortError} The signal fired.
 *
 * @example
 * ```ts
 * import { Dataset, windowRows } from 'gridstride';
 * const rows = Dataset.fromArray([{ inputIds: [101, 5, 6, 7, 102], specialTokensMask: [1, 0, 0, 0, 1], label: 1 }]);
 * const windows = await windowRows(rows, { maxLength: 4 });
 * console.log(windows.column('label'), windows.column('sampleIndex')); // [ 1, 1 ] [ 0, 0 ]
 * ```
 */
export async function windowRows<Row extends LongRow>(
  rows: Dataset<Row>,
  options: WindowOptions & { signal?: AbortSignal | undefined },
): Promise<Dataset<Omit<Row, keyof LongRow> & WindowRow>> {
  const { signal, ...window } = options;
  const pacer = new LoopPacer('windowRows', { signal });
  const windows: (Omit<Row, keyof LongRow> & WindowRow)[] = [];
  for (let index = 0; index < rows.length; index++) {
    const row = rows.at(index);
    const { inputIds: _, tokenTypeIds: __, specialTokensMask: ___, ...others } = row;
    for (const range of windowRanges(row, index, window)) {
      windows.push({ ...others, ...windowOf(row, index, range) });
      if (pacer.isDue()) await pacer.pause();
    }
  }
  return Dataset.fromArray(windows);
}
