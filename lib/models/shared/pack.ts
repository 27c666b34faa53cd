import { Tensor } from '../../tensor/tensor.js';
import { DataError, ShapeError } from '../../util/errors.js';
import type { LabelInput, ModelInputs, TokenInput } from './inputs.js';
import { checkSameRows, type Ragged, toPacked, toRagged } from './ragged.js';

/** Which cells of a grid of B rows and S columns are tokens, in packed order. @internal */
export interface Layout {
  batch: number;
  /** Columns of unpacked outputs. */
  width: number;
  /** Tokens of each sequence. */
  lengths: number[];
  /** Per packed token: row * width + column. */
  cells: Int32Array; // (T)
  /** Where each row of the inputs begins in their flat values. */
  offsets: Int32Array; // (B + 1)
  /** Per packed token: whether it only asks and is not seen by others; undefined when none is. */
  ghosts: Uint8Array | undefined;
  /** Whether tokens of a sequence that follow one another do not stand side by side. */
  hasGaps: boolean;
  /** Whether the inputs came packed: token-level outputs then stay so. */
  isPacked: boolean;
}

/** A batch without padding, on the host. @internal */
export interface HostBatch {
  layout: Layout;
  ids: Int32Array | undefined; // (T)
  types: Int32Array | undefined; // (T)
  positions: Int32Array; // (T)
}

/** What the packing must know of a model. @internal */
export interface PackOptions {
  /** First word of errors: the model's class. */
  where: string;
  /** Whether the model reads the first column even where the mask hides it, as Hugging Face's poolers do. */
  readsFirstColumn: boolean;
  /** The padding token's id, of models whose positions count the tokens that are no padding, from the id's successor. */
  countedPadding?: number | undefined;
}

const MAX_TOKENS = 2 ** 31 - 1;

/** `values` as they are, when each is a whole number from 0 to 2^31 - 1. */
function checkedCounts(where: string, name: string, values: ArrayLike<number>): Int32Array {
  if (typeof values !== 'object' || values === null || !Number.isInteger(values.length))
    throw new DataError(`${where}: ${name} must be a list of numbers, got ${typeof values}`, { input: name });
  const counts = new Int32Array(values.length);
  for (let i = 0; i < counts.length; i++) {
    const value = values[i]!;
    if (!Number.isInteger(value) || value < 0 || value > MAX_TOKENS)
      throw new DataError(
        `${where}: ${name} must be whole numbers from 0 to 2^31 - 1, got ${String(value)} at position ${i}`,
        { input: name, value },
      );
    counts[i] = value;
  }
  return counts;
}

function offsetsOf(where: string, inputs: ModelInputs): Int32Array {
  const { lengths, cuSeqlens } = inputs;
  if (cuSeqlens !== undefined) {
    const offsets = checkedCounts(where, 'cuSeqlens', cuSeqlens);
    if (offsets[0] !== 0) throw new ShapeError(`${where}: cuSeqlens must begin with 0, got ${offsets[0]}`);
    const back = offsets.findIndex((offset, i) => i > 0 && offset < offsets[i - 1]!);
    if (back >= 0)
      throw new ShapeError(`${where}: cuSeqlens must not go back, got ${offsets[back]} after ${offsets[back - 1]}`);
    return offsets;
  }
  const counts = checkedCounts(where, 'lengths', lengths!);
  const total = counts.reduce((sum, length) => sum + length, 0);
  if (total > MAX_TOKENS) throw new DataError(`${where}: a batch must be under 2^31 tokens, got ${total}`);
  const offsets = new Int32Array(counts.length + 1);
  for (let r = 0; r < counts.length; r++) offsets[r + 1] = offsets[r]! + counts[r]!;
  return offsets;
}

/** The grid of rows the inputs are laid out in. */
function gridOf(
  where: string,
  inputs: ModelInputs,
): { offsets: Int32Array; ids: Ragged | undefined; isPacked: boolean } {
  const { inputIds, inputsEmbeds } = inputs;
  if ((inputIds === undefined) === (inputsEmbeds === undefined))
    throw new DataError(
      `${where}: one of inputIds and inputsEmbeds must be given, got ${inputIds ? 'both' : 'neither'}`,
    );
  if (inputs.lengths !== undefined || inputs.cuSeqlens !== undefined) {
    const offsets = offsetsOf(where, inputs);
    const total = offsets[offsets.length - 1] ?? 0;
    if (inputsEmbeds !== undefined && inputsEmbeds.shape[0] !== total)
      throw new ShapeError(
        `${where}: inputsEmbeds of a packed batch must have ${total} rows, got ${inputsEmbeds.shape[0]}`,
      );
    const values = inputIds === undefined ? undefined : toPacked(where, 'inputIds', inputIds, total);
    return { offsets, ids: values && { values, offsets }, isPacked: true };
  }
  if (inputIds !== undefined) {
    const ids = toRagged(where, 'inputIds', inputIds);
    return { offsets: ids.offsets, ids, isPacked: false };
  }
  const [batch = 0, width = 0] = inputsEmbeds!.shape;
  if (inputsEmbeds!.rank !== 3)
    throw new ShapeError(`${where}: inputsEmbeds must have shape (B, S, C), got (${inputsEmbeds!.shape.join(', ')})`);
  return { offsets: Int32Array.from({ length: batch + 1 }, (_, r) => r * width), ids: undefined, isPacked: false };
}

function maskOf(where: string, inputs: ModelInputs, grid: Ragged): Int32Array | undefined {
  if (inputs.attentionMask === undefined) return undefined;
  const mask = toRagged(where, 'attentionMask', inputs.attentionMask);
  checkSameRows(where, 'attentionMask', mask, grid, 'inputIds');
  const wrong = mask.values.findIndex((value) => value !== 0 && value !== 1);
  if (wrong >= 0) throw new DataError(`${where}: attentionMask must be 0 or 1, got ${mask.values[wrong]}`);
  return mask.values;
}

/** Walks the grid row by row and notes the cells that are kept. */
function layOut(
  { where, readsFirstColumn }: PackOptions,
  offsets: Int32Array,
  mask: Int32Array | undefined,
  isPacked: boolean,
): Layout {
  const batch = offsets.length - 1;
  if (batch < 1) throw new DataError(`${where}: a batch must hold a sequence, got none`);
  let width = 0;
  for (let r = 0; r < batch; r++) width = Math.max(width, offsets[r + 1]! - offsets[r]!);
  const cells = new Int32Array(offsets[batch]! + (mask === undefined ? 0 : batch));
  const lengths: number[] = [];
  const ghosts: number[] = [];
  let total = 0;
  let hasGaps = false;
  for (let r = 0; r < batch; r++) {
    const begin = total;
    const start = offsets[r]!;
    const size = offsets[r + 1]! - start;
    if (readsFirstColumn && mask?.[start] === 0) {
      ghosts.push(total);
      cells[total++] = r * width;
    }
    const real = total;
    for (let c = 0; c < size; c++) if (mask === undefined || mask[start + c] === 1) cells[total++] = r * width + c;
    if (total === real) {
      const got = size > 0 ? `a row of ${size} that the mask hides` : 'an empty row';
      throw new DataError(`${where}: a sequence must have a token, got ${got} (row ${r})`, { row: r });
    }
    lengths.push(total - begin);
    hasGaps ||= cells[total - 1]! - cells[begin]! !== total - begin - 1;
  }
  const marks = ghosts.length === 0 ? undefined : new Uint8Array(total);
  for (const at of ghosts) marks![at] = 1;
  return { batch, width, lengths, cells: cells.subarray(0, total), offsets, ghosts: marks, hasGaps, isPacked };
}

/** The values of the kept cells, in packed order; `values` are laid out like the inputs. @internal */
export function pickKept(layout: Layout, values: Int32Array): Int32Array {
  const { width, cells, offsets } = layout;
  if (values.length === cells.length) return values;
  const picked = new Int32Array(cells.length);
  for (let t = 0; t < cells.length; t++) {
    const row = Math.floor(cells[t]! / width);
    picked[t] = values[offsets[row]! + cells[t]! - row * width]!;
  }
  return picked;
}

/**
 * Values per token that came with the inputs, for the kept tokens.
 * @internal
 */
export function tokenValues(where: string, name: string, input: TokenInput, layout: Layout): Int32Array {
  if (layout.isPacked) return toPacked(where, name, input, layout.cells.length);
  const rows = toRagged(where, name, input);
  checkSameRows(where, name, rows, { values: rows.values, offsets: layout.offsets }, 'inputIds');
  return pickKept(layout, rows.values);
}

/** Positions of the kept tokens: their columns, or with a padding token RoBERTa's count, whatever the mask hides. */
function countedPositions(layout: Layout, ids: Ragged | undefined, padding: number | undefined): Int32Array {
  const { cells, width } = layout;
  if (padding === undefined) return cells.map((cell) => cell % width);
  if (ids === undefined) return cells.map((cell) => (cell % width) + padding + 1);
  const positions = new Int32Array(ids.values.length);
  for (let r = 0; r < layout.batch; r++) {
    let position = padding;
    for (let i = ids.offsets[r]!; i < ids.offsets[r + 1]!; i++)
      positions[i] = ids.values[i] === padding ? padding : ++position;
  }
  return pickKept(layout, positions);
}

/**
 * Packs a batch: tokens of all sequences one after the other, without what the mask hides.
 * @throws DataError, ShapeError for inputs that do not fit one another; UnsupportedOpError for a mask on a device
 * @internal
 */
export function packOnHost(inputs: ModelInputs, options: PackOptions): HostBatch {
  const { where } = options;
  const { offsets, ids, isPacked } = gridOf(where, inputs);
  const grid = { values: new Int32Array(0), offsets };
  const layout = layOut(options, offsets, maskOf(where, inputs, grid), isPacked);
  const { tokenTypeIds, positionIds } = inputs;
  const counted = (): Int32Array => countedPositions(layout, ids, options.countedPadding);
  return {
    layout,
    ids: ids && pickKept(layout, ids.values),
    types: tokenTypeIds && tokenValues(where, 'tokenTypeIds', tokenTypeIds, layout),
    positions: positionIds === undefined ? counted() : tokenValues(where, 'positionIds', positionIds, layout),
  };
}

const READ_BACK = [
  'inputIds',
  'attentionMask',
  'globalAttentionMask',
  'tokenTypeIds',
  'positionIds',
  'labels',
  'startPositions',
  'endPositions',
] as const;

/**
 * Reads inputs that were computed on a device back to the host, where `forward` needs them to leave out padding.
 *
 * @example
 * ```ts
 * import { notEqual, pack, tensor } from 'gridstride';
 * const inputIds = tensor([[1, 5, 2], [1, 2, 0]], { dtype: 'i32' });
 * const inputs = await pack({ inputIds, attentionMask: notEqual(inputIds, 0) });
 * console.log(inputs.attentionMask); // { data: Uint8Array(6) [ 1, 1, 1, 1, 1, 0 ], shape: [ 2, 3 ] }
 * ```
 */
export async function pack(inputs: ModelInputs): Promise<ModelInputs> {
  const known: ModelInputs = { ...inputs };
  await Promise.all(
    READ_BACK.map(async (name) => {
      const value: TokenInput | LabelInput | undefined = inputs[name];
      if (!(value instanceof Tensor) || value.host !== undefined) return;
      Object.assign(known, { [name]: { data: await value.data(), shape: value.shape } });
    }),
  );
  return known;
}
