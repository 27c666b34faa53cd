import { TokenizerError } from '../util/errors.js';
import type { LoopPacer } from '../util/yield.js';
import type { EncodePlan } from './encode_plan.js';
import type { BatchEncoding, FlatRows, TypedBatchEncoding } from './encoding.js';

/** Ids of padding. @internal */
export interface PadIds {
  token: number;
  type: number;
}

/**
 * The ids that a plan pads with.
 * @throws {TokenizerError} It pads, and the tokenizer has no pad token.
 * @internal
 */
export function padIdsOf(plan: EncodePlan, token: number | undefined): PadIds {
  if (plan.padding === undefined) return { token: 0, type: 0 };
  if (token === undefined) throw new TokenizerError('tokenizer: padding needs a pad token, got a tokenizer without');
  return { token, type: 0 };
}

/** Where a row stands in its chunk, and how it is padded. */
interface Row {
  chunk: FlatRows;
  start: number;
  length: number;
  before: number;
  after: number;
}

/** One field of the result; `source` undefined is a row of ones. */
interface Field {
  name: keyof BatchEncoding;
  source: ((chunk: FlatRows) => Int32Array) | undefined;
  pad: number;
}

/** Copied between two looks at the clock. */
const TOKENS_PER_CHECK = 8192;

function paddedLength(plan: EncodePlan, chunks: readonly FlatRows[]): number {
  if (plan.padding === undefined) return 0;
  let length = plan.padding.length ?? 0;
  if (plan.padding.length === undefined) {
    for (const chunk of chunks) for (const row of chunk.lengths) if (row > length) length = row;
  }
  return Math.ceil(length / plan.padding.multipleOf) * plan.padding.multipleOf;
}

function rowsOf(chunks: readonly FlatRows[], plan: EncodePlan): Row[] {
  const padded = paddedLength(plan, chunks);
  const left = plan.padding?.left ?? false;
  const rows: Row[] = [];
  for (const chunk of chunks) {
    let start = 0;
    for (const length of chunk.lengths) {
      const missing = Math.max(0, padded - length);
      rows.push({ chunk, start, length, before: left ? missing : 0, after: left ? 0 : missing });
      start += length;
    }
  }
  return rows;
}

function fieldsOf(plan: EncodePlan, pads: PadIds): Field[] {
  const { specialMask, words, offsets } = plan.codec;
  const fields: Field[] = [{ name: 'inputIds', source: (c) => c.ids, pad: pads.token }];
  if (plan.attentionMask) fields.push({ name: 'attentionMask', source: undefined, pad: 0 });
  if (plan.tokenTypeIds) fields.push({ name: 'tokenTypeIds', source: (c) => c.typeIds, pad: pads.type });
  if (offsets) fields.push({ name: 'offsets', source: (c) => c.offsets!, pad: 0 });
  if (specialMask) fields.push({ name: 'specialTokensMask', source: (c) => c.specialMask!, pad: 1 });
  if (words) fields.push({ name: 'wordIds', source: (c) => c.words!, pad: -1 });
  return fields;
}

type Cell = number | null | [number, number];

/** The value of padding in an array of numbers. */
function padCell({ name, pad }: Field): Cell {
  return name === 'offsets' ? [0, 0] : name === 'wordIds' ? null : pad;
}

/** Writes the cells [from, to) that hold tokens; `shift` leads from a cell to its token. */
function fillTokens(out: Cell[], field: Field, row: Row, from: number, to: number): void {
  const shift = row.start - row.before;
  const source = field.source?.(row.chunk);
  if (source === undefined) {
    for (let i = from; i < to; i++) out[i] = 1;
  } else if (field.name === 'offsets') {
    for (let i = from; i < to; i++) out[i] = [source[2 * (i + shift)]!, source[2 * (i + shift) + 1]!];
  } else if (field.name === 'wordIds') {
    for (let i = from; i < to; i++) out[i] = source[i + shift]! < 0 ? null : source[i + shift]!;
  } else {
    for (let i = from; i < to; i++) out[i] = source[i + shift]!;
  }
}

/** Writes cells [from, to) of a row, padding included. */
function fillCells(out: Cell[], field: Field, row: Row, from: number, to: number): void {
  const end = row.before + row.length;
  for (let i = from; i < Math.min(to, row.before); i++) out[i] = padCell(field);
  fillTokens(out, field, row, Math.max(from, row.before), Math.min(to, end));
  for (let i = Math.max(from, end); i < to; i++) out[i] = padCell(field);
}

/** The same as one typed array: a view where nothing is padded. */
function typedRow(field: Field, row: Row): Int32Array {
  const width = field.name === 'offsets' ? 2 : 1;
  const source = field.source?.(row.chunk).subarray(row.start * width, (row.start + row.length) * width);
  const isWhole = row.before + row.after === 0;
  if (source !== undefined && isWhole) return source;
  const out = new Int32Array((row.before + row.length + row.after) * width);
  if (field.pad !== 0) out.fill(field.pad);
  if (source !== undefined) out.set(source, row.before * width);
  else out.fill(1, row.before, row.before + row.length);
  return out;
}

/** Of overflow, two numbers a row: its text, and how many of its tokens are new. */
function overflowFields(chunks: readonly FlatRows[]): { overflowToSampleMapping: Int32Array; newTokens: Int32Array } {
  const rows = chunks.reduce((sum, { lengths }) => sum + lengths.length, 0);
  const fields = { overflowToSampleMapping: new Int32Array(rows), newTokens: new Int32Array(rows) };
  let [text, row] = [0, 0];
  for (const { rowsOfText, newTokens } of chunks) {
    fields.newTokens.set(newTokens!, row);
    for (const count of rowsOfText!) fields.overflowToSampleMapping.fill(text++, row, (row += count));
  }
  return fields;
}

/** One row at once, for a text short enough. @internal */
export function buildRow(chunk: FlatRows, plan: EncodePlan, pads: PadIds): Record<string, Cell[]> {
  const row = rowsOf([chunk], plan)[0]!;
  const size = row.before + row.length + row.after;
  const cells: Record<string, Cell[]> = {};
  for (const field of fieldsOf(plan, pads)) {
    const out = new Array<Cell>(size);
    fillCells(out, field, row, 0, size);
    cells[field.name] = out;
  }
  return cells;
}

/**
 * Turns flat rows into arrays of numbers, in slices of a few milliseconds.
 * @throws {AbortError} The pacer's signal fired.
 * @internal
 */
export async function buildRows(
  chunks: readonly FlatRows[],
  plan: EncodePlan,
  pads: PadIds,
  pacer: LoopPacer,
): Promise<BatchEncoding> {
  const rows = rowsOf(chunks, plan);
  const result: Record<string, Cell[][]> = {};
  for (const field of fieldsOf(plan, pads)) {
    const out: Cell[][] = [];
    for (const row of rows) {
      const size = row.before + row.length + row.after;
      const cells = new Array<Cell>(size);
      for (let from = 0; from < size; from += TOKENS_PER_CHECK) {
        fillCells(cells, field, row, from, Math.min(size, from + TOKENS_PER_CHECK));
        if (pacer.isDue()) await pacer.pause();
      }
      out.push(cells);
    }
    result[field.name] = out;
  }
  if (!plan.codec.overflow) return result as unknown as BatchEncoding;
  const { overflowToSampleMapping, newTokens } = overflowFields(chunks);
  const overflow = { overflowToSampleMapping: Array.from(overflowToSampleMapping), newTokens: Array.from(newTokens) };
  return { ...(result as unknown as BatchEncoding), ...overflow };
}

/**
 * Turns flat rows into typed arrays, in slices of a few milliseconds.
 * @throws {AbortError} The pacer's signal fired.
 * @internal
 */
export async function buildTypedRows(
  chunks: readonly FlatRows[],
  plan: EncodePlan,
  pads: PadIds,
  pacer: LoopPacer,
): Promise<TypedBatchEncoding> {
  const rows = rowsOf(chunks, plan);
  const result: Record<string, Int32Array[]> = {};
  for (const field of fieldsOf(plan, pads)) {
    const out: Int32Array[] = [];
    for (const row of rows) {
      out.push(typedRow(field, row));
      if (pacer.isDue()) await pacer.pause();
    }
    result[field.name] = out;
  }
  return { ...(result as unknown as TypedBatchEncoding), ...(plan.codec.overflow ? overflowFields(chunks) : {}) };
}
