import type { DType } from '../../../tensor/dtype.js';
import type { Segments } from '../../../tensor/segments.js';
import { ConfigError, DataError, UnsupportedOpError } from '../../../util/errors.js';
import type { HostBatch } from '../batch.js';
import type { Body } from '../body.js';
import type { Layout } from '../pack.js';
import type { HostPass } from '../pass.js';
import { CachedSequence } from './key_value_cache.js';
import { crossPart, ownPart, type StepCache } from './step_cache.js';

/** A pass that goes on from sequences of a cache, whose pages have room for it. @internal */
export interface CachedStep {
  /** The batch with its tokens in the positions that follow. */
  batch: HostBatch;
  /** What attention reads and writes. @param source tokens of each sequence's source, where these are new too */
  on(segments: Segments, source?: readonly number[]): StepCache;
  /** The sequences hold the new tokens. */
  commit(): void;
  /** The sequences are as they were. */
  undo(): void;
}

/** What a step needs of its model. */
interface SteppingModel {
  readonly architecture: string;
  readonly device: string;
  readonly dtype: DType;
  readonly encoder: Body;
}

/** @throws DataError, ConfigError unless there is a sequence of one cache of this model for each row */
export function checkSequences(
  model: Omit<SteppingModel, 'encoder'>,
  sequences: readonly CachedSequence[],
  rows: number,
): void {
  const { architecture: where } = model;
  const isList = Array.isArray(sequences) && sequences.every((each) => each instanceof CachedSequence);
  if (!isList)
    throw new DataError(`${where}: pastKeyValues must be a list of cached sequences, got ${typeof sequences}`);
  if (sequences.length !== rows)
    throw new DataError(`${where}: pastKeyValues must be one sequence per row, got ${sequences.length} for ${rows}`, {
      sequences: sequences.length,
      rows,
    });
  if (new Set(sequences).size !== rows)
    throw new DataError(`${where}: pastKeyValues must be different sequences, got one twice`);
  const [first] = sequences as [CachedSequence];
  if (sequences.some(({ cache }) => cache !== first.cache))
    throw new DataError(`${where}: pastKeyValues must be of one cache, got sequences of several`);
  first.cache.checkIsOf(model);
}

/** The tokens' positions after those of their sequences, unless the caller gave them. */
function positionsAfter(
  { architecture: where, encoder }: SteppingModel,
  sequences: readonly CachedSequence[],
  { batch, inputs }: HostPass,
): Int32Array {
  const { cells, width } = batch.layout;
  const positions = batch.arrays['positions']!.values as Int32Array;
  if (inputs.positionIds !== undefined) return positions;
  const { maxLength } = encoder;
  return positions.map((position, t) => {
    const row = Math.floor(cells[t]! / width);
    const after = position + sequences[row]!.nextPosition;
    if (after < maxLength) return after;
    throw new DataError(
      `${where}: a sequence must have at most ${maxLength} tokens, got ${after + 1} with those in the cache in row ${row}`,
      { maxPositions: maxLength, length: after + 1, row },
    );
  });
}

function checkInputs({ architecture: where, encoder }: SteppingModel, { inputs, batch: { layout } }: HostPass): void {
  if (inputs.outputAttentions === true)
    throw new UnsupportedOpError(`${where}: attentions are not computed with a cache; leave out useCache`);
  if (encoder.distances !== undefined && layout.hasGaps)
    throw new ConfigError(`${where}: a mask must have no gaps with a cache, where distances count cached tokens`);
}

/** With a source, all sequences are new or none is: a new one's source is read first. */
function checkStarts({ architecture: where }: SteppingModel, sequences: readonly CachedSequence[]): void {
  const begun = sequences.filter(({ cross }) => cross !== undefined && cross.length > 0).length;
  if (begun === 0 || begun === sequences.length) return;
  throw new DataError(`${where}: sequences must all be new or all have a source, got ${begun} with one`);
}

/** The last packed token of each row. */
function lastOf({ lengths }: Layout): number[] {
  let end = 0;
  return lengths.map((length) => (end += length) - 1);
}

/** The part of the encoder's tokens; these are put into the cache where they are new. */
function sourcePart(
  sequences: readonly CachedSequence[],
  segments: Segments,
  source: readonly number[] | undefined,
): StepCache['cross'] {
  const lists = sequences.flatMap(({ cross }) => cross ?? []);
  if (lists.length === 0) return undefined;
  const slots = source?.flatMap((length, row) => lists[row]!.extend(length));
  return crossPart(lists, slots, segments);
}

/**
 * Makes room in the sequences' pages for the tokens of a pass.
 * @throws DataError, ConfigError, UnsupportedOpError for what cannot go on from these sequences
 * @internal
 */
export function beginStep(model: SteppingModel, sequences: readonly CachedSequence[], pass: HostPass): CachedStep {
  const { layout } = pass.batch;
  checkSequences(model, sequences, layout.batch);
  checkInputs(model, pass);
  checkStarts(model, sequences);
  const values = positionsAfter(model, sequences, pass);
  const before = sequences.map(({ length, cross }) => [length, cross?.length ?? 0] as const);
  const undo = (): void =>
    sequences.forEach(({ own, cross }, row) => {
      const [length, sourceLength] = before[row]!;
      own.cut(length);
      cross?.cut(sourceLength);
    });
  const positions = { ...pass.batch.arrays['positions']!, values };
  const lists = sequences.map(({ own }) => own);
  const slots: number[] = [];
  try {
    for (const [row, list] of lists.entries()) slots.push(...list.extend(layout.lengths[row]!));
  } catch (error) {
    undo();
    throw error;
  }
  return {
    batch: { ...pass.batch, arrays: { ...pass.batch.arrays, positions } },
    on: (segments, source) => ({
      own: ownPart(lists, slots, segments),
      cross: sourcePart(sequences, segments, source),
      isFirst: before.every(([length]) => length === 0),
    }),
    commit() {
      lastOf(layout).forEach((t, row) => (sequences[row]!.nextPosition = values[t]! + 1));
    },
    undo,
  };
}
