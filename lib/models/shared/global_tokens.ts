import { DataError } from '../../util/errors.js';
import type { ModelInputs } from './inputs.js';
import { type Layout, tokenValues } from './pack.js';

/** Which tokens see all others where the caller does not say: a text's first, its question's, those of its choice. */
export type GlobalTokens = 'none' | 'first' | 'question' | 'choice';

/** What picking global tokens must know of a model. @internal */
export interface GlobalTarget {
  where: string;
  /** Tokens to either side that a token sees, per layer; absent where all see one another. */
  windows?: readonly number[];
  /** Stands behind a question, and before and behind its context or choice. */
  separatorId?: number | null;
  globalTokens?: GlobalTokens;
}

/** Separators of a question and what belongs to it, as RoBERTa's pairs have them. */
const SEPARATORS = 3;

/**
 * Marks 1 on the kept tokens that are global; undefined where none is.
 * @param ids of the kept tokens, where they are known
 * @throws DataError, ShapeError for a mask that does not fit, or a text without the separators its head looks for
 * @internal
 */
export function globalMarks(
  inputs: ModelInputs,
  layout: Layout,
  ids: Int32Array | undefined,
  target: GlobalTarget,
): Uint8Array | undefined {
  const { where, windows, globalTokens = 'none' } = target;
  const { globalAttentionMask } = inputs;
  if (windows === undefined) {
    if (globalAttentionMask === undefined) return undefined;
    throw new DataError(`${where}: globalAttentionMask must be left out, its tokens all see one another`);
  }
  const marks =
    globalAttentionMask === undefined
      ? defaultMarks(globalTokens, layout, ids, target)
      : givenMarks(where, tokenValues(where, 'globalAttentionMask', globalAttentionMask, layout));
  return marks.includes(1) ? marks : undefined;
}

function givenMarks(where: string, values: Int32Array): Uint8Array {
  const wrong = values.find((value) => value !== 0 && value !== 1);
  if (wrong !== undefined) throw new DataError(`${where}: globalAttentionMask must be 0 or 1, got ${wrong}`);
  return Uint8Array.from(values);
}

function defaultMarks(
  kind: GlobalTokens,
  { lengths, cells }: Layout,
  ids: Int32Array | undefined,
  target: GlobalTarget,
): Uint8Array {
  const marks = new Uint8Array(cells.length);
  let begin = 0;
  lengths.forEach((length, row) => {
    const end = begin + length;
    if (kind === 'first') marks[begin] = 1;
    else if (kind !== 'none' && ids !== undefined) {
      const separator = begin + firstSeparator(ids.subarray(begin, end), row, target);
      if (kind === 'question') marks.fill(1, begin, separator);
      else marks.fill(1, separator + 2, end);
    }
    begin = end;
  });
  return marks;
}

function firstSeparator(ids: Int32Array, row: number, { where, separatorId }: GlobalTarget): number {
  const count = ids.reduce((sum, id) => sum + Number(id === separatorId), 0);
  if (count === SEPARATORS) return ids.indexOf(separatorId!);
  throw new DataError(
    `${where}: a text must hold ${SEPARATORS} separators (id ${separatorId}), by which its question is told, got ${count} ` +
      `in row ${row}; globalAttentionMask says it otherwise`,
    { row, separators: count },
  );
}
