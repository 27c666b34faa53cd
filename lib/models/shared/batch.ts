import { embedding, reshape } from '../../ops/index.js';
import type { Bucket } from '../../tensor/bucket.js';
import { tensor } from '../../tensor/create.js';
import { Segments } from '../../tensor/segments.js';
import type { Tensor } from '../../tensor/tensor.js';
import { DataError, DeviceError, ShapeError } from '../../util/errors.js';
import type { ModelInputs } from './inputs.js';
import type { StepCache } from './cache/step_cache.js';
import { type HostArrays, upload } from './host_array.js';
import { type Layout, packOnHost } from './pack.js';

/** The bounds of a model's tables. @internal */
export interface Geometry {
  vocabSize: number;
  /** Positions there are: rows of their table, where they have one. */
  maxPositions: number;
  /** The padding token's id where positions count the tokens that are no padding, from the id's successor. */
  countedPadding?: number;
  /** 0 where the model has no token types. */
  typeVocabSize: number;
  /** Features of the embeddings. */
  embeddingSize: number;
}

/** What a model reads of a batch, on the host: packed and checked. @internal */
export interface HostBatch {
  layout: Layout;
  /** `ids` (absent with embeddings), `positions` and, where the model has them, `types`: (T) each. */
  arrays: HostArrays;
  /** As given: not packed yet. */
  embeds: Tensor | undefined;
}

/** A packed batch on the model's device, for one forward pass. @internal */
export interface TokenBatch {
  /** Undefined for a bucket's memory, which many batches go through. */
  layout: Layout | undefined;
  ids: Tensor | undefined; // (T)
  embeds: Tensor | undefined; // (T, C)
  positions: Tensor; // (T)
  types: Tensor | undefined; // (T)
  segments: Segments;
  /** The tokens that others attend to, where some do not take part; rows of the packed tokens. */
  seen: { segments: Segments; rows: Tensor } | undefined;
  /** Keys and values of earlier tokens, where the pass goes on from them. */
  cache?: StepCache;
}

/** Where a batch is to be made, and for which model. @internal */
export interface BatchTarget extends Geometry {
  where: string;
  device: string;
  readsFirstColumn: boolean;
}

function placeOf({ cells, width }: Layout, token: number): string {
  const row = Math.floor(cells[token]! / width);
  return `token ${cells[token]! - row * width} of row ${row}`;
}

function checkRange(where: string, name: string, values: Int32Array, size: number, layout: Layout): void {
  for (let t = 0; t < values.length; t++) {
    const value = values[t]!;
    if (value >= 0 && value < size) continue;
    throw new DataError(`${where}: ${name} must lie in [0, ${size}), got ${value} at ${placeOf(layout, t)}`, {
      input: name,
      value,
      size,
    });
  }
}

function checkPositions(target: BatchTarget, positions: Int32Array, layout: Layout, areGiven: boolean): void {
  const { where, maxPositions, countedPadding = -1 } = target;
  const { cells, width, offsets } = layout;
  const wrong = positions.findIndex((position) => position < 0 || position >= maxPositions);
  if (wrong < 0) return;
  const row = Math.floor(cells[wrong]! / width);
  if (areGiven && positions[wrong] !== cells[wrong]! - row * width)
    return checkRange(where, 'positionIds', positions, maxPositions, layout);
  const length = offsets[row + 1]! - offsets[row]!;
  const longest = maxPositions - countedPadding - 1;
  throw new DataError(
    `${where}: a sequence must have at most ${longest} tokens, got ${length} in row ${row}; truncate when tokenizing`,
    { maxPositions: longest, length, row },
  );
}

function checkEmbeds(target: BatchTarget, embeds: Tensor): void {
  const { where, device, embeddingSize } = target;
  if (embeds.device !== device)
    throw new DeviceError(
      `${where}: inputs must be on the model's device ${device}, got inputsEmbeds on ${embeds.device}`,
    );
  if (embeds.shape.at(-1) === embeddingSize) return;
  throw new ShapeError(`${where}: inputsEmbeds must have ${embeddingSize} features, got (${embeds.shape.join(', ')})`);
}

/** The embeddings of the kept tokens. */
function packEmbeds(embeds: Tensor, layout: Layout, device: string): Tensor {
  if (layout.isPacked) return embeds;
  const hidden = embeds.shape.at(-1)!;
  const flat = reshape(embeds, [embeds.size / hidden, hidden]);
  if (layout.cells.length === flat.shape[0]) return flat;
  return embedding(flat, tensor(layout.cells, { device }));
}

function seenTokens({ ghosts, lengths }: Layout, device: string): TokenBatch['seen'] {
  if (ghosts === undefined) return undefined;
  let begin = 0;
  const seen = lengths.map((length) => {
    const hidden = ghosts[begin]!;
    begin += length;
    return length - hidden;
  });
  const rows = Int32Array.from(ghosts.keys()).filter((t) => ghosts[t] === 0);
  return { segments: Segments.fromLengths(seen, device), rows: tensor(rows, { device }) };
}

/**
 * Checks and packs the inputs on the host.
 * @throws DataError, ShapeError, DeviceError, UnsupportedOpError for inputs the model cannot take
 * @internal
 */
export function readBatch(inputs: ModelInputs, target: BatchTarget): HostBatch {
  const { where, vocabSize, typeVocabSize } = target;
  const { layout, ids, types, positions } = packOnHost(inputs, target);
  if (ids !== undefined) checkRange(where, 'inputIds', ids, vocabSize, layout);
  checkPositions(target, positions, layout, inputs.positionIds !== undefined);
  if (types !== undefined && typeVocabSize > 0) checkRange(where, 'tokenTypeIds', types, typeVocabSize, layout);
  const { inputsEmbeds } = inputs;
  if (inputsEmbeds !== undefined) checkEmbeds(target, inputsEmbeds);
  const perToken = (values: Int32Array) => ({ values, axes: ['tokens'] as const });
  const arrays = {
    ...(ids && { ids: perToken(ids) }),
    positions: perToken(positions),
    ...(typeVocabSize > 0 && { types: perToken(types ?? new Int32Array(positions.length)) }),
  };
  return { layout, arrays, embeds: inputsEmbeds };
}

/** The batch on a device. @internal */
export function uploadBatch({ layout, arrays, embeds }: HostBatch, device: string): TokenBatch {
  const { ids, positions, types } = upload(arrays, sizeOf(layout), device);
  return {
    layout,
    ids,
    embeds: embeds && packEmbeds(embeds, layout, device),
    positions: positions!,
    types,
    segments: Segments.fromLengths(layout.lengths, device),
    seen: seenTokens(layout, device),
  };
}

/** Sequences, tokens and columns of a batch. @internal */
export function sizeOf({ batch, cells, width }: Layout): Bucket {
  return { batch, tokens: cells.length, maxLength: width };
}

/** For each cell of the grid (B, S): its packed token, or -1. @internal */
export function cellIndex({ batch, width, cells, ghosts }: Layout): Int32Array {
  const index = new Int32Array(batch * width).fill(-1);
  for (let t = 0; t < cells.length; t++) if (ghosts?.[t] !== 1) index[cells[t]!] = t;
  return index;
}

/** Spreads packed rows (T, ...) over the grid: (B, S, ...), 0 where there is no token. @internal */
export function spread(x: Tensor, layout: Layout): Tensor {
  const { batch, width, cells, ghosts } = layout;
  const inner = x.shape.slice(1);
  if (cells.length === batch * width && ghosts === undefined) return reshape(x, [batch, width, ...inner]);
  const features = inner.reduce((product, size) => product * size, 1);
  const index = tensor(cellIndex(layout), { shape: [batch, width], device: x.device });
  const rows = embedding(reshape(x, [cells.length, features]), index, { allowMissing: true });
  return reshape(rows, [batch, width, ...inner]);
}

/** A token-level output as the caller gets it: (B, S, ...), or (T, ...) for a packed batch. @internal */
export function unpack(x: Tensor, layout: Layout): Tensor {
  return layout.isPacked ? x : spread(x, layout);
}

/** Large enough to leave no probability, small enough for every element type. @internal */
export const FAR_BELOW = -30_000;

/** What to add to scores over the columns: 0 for tokens that are seen, far below for the others; (B, S). @internal */
export function columnBias({ batch, width, cells, ghosts }: Layout): Float32Array {
  const bias = new Float32Array(batch * width).fill(FAR_BELOW);
  cells.forEach((cell, t) => {
    if (ghosts?.[t] !== 1) bias[cell] = 0;
  });
  return bias;
}
