import type { Tensor } from '../../../tensor/tensor.js';
import { ConfigError, DataError } from '../../../util/errors.js';
import type { CachedSequence } from '../cache/key_value_cache.js';
import type { LabelInput, ModelInputs, TokenInput } from '../inputs.js';
import { IGNORE_INDEX } from '../targets.js';
import { type Ragged, toPacked, toRagged } from '../ragged.js';

/** What `forward` of an encoder-decoder takes: a source for the encoder, and what the decoder reads. */
export interface Seq2SeqInputs extends ModelInputs {
  /** When absent, made of the labels, or in some models of the source, by a shift to the right. */
  decoderInputIds?: TokenInput | undefined;
  /** 1 on tokens of the decoder, 0 on what is left out. Everything is a token when absent. */
  decoderAttentionMask?: TokenInput | undefined;
  /** Embeddings in place of the decoder's ids: (B, S, C), or (T, C) in a packed batch. */
  decoderInputsEmbeds?: Tensor | undefined;
  /** Tokens of each sequence of the decoder: marks its part of the batch as packed. */
  decoderLengths?: ArrayLike<number> | undefined;
  /** Where each sequence of the decoder starts, and their total at the end: marks its part as packed. */
  decoderCuSeqlens?: ArrayLike<number> | undefined;
  /** Sequences to go on from, one per row: the source is known then, and the decoder's inputs are what follows. */
  pastKeyValues?: readonly CachedSequence[] | undefined;
  /** Whether to return the sequences for the next call, in a cache of their own where none is given. */
  useCache?: boolean | undefined;
  /** Logits of so many tokens at the end of each sequence alone: (B, n, V), zeros where a sequence is shorter. */
  logitsToKeep?: number | undefined;
}

/** @internal */
export const DECODER_INPUTS: readonly (keyof Seq2SeqInputs)[] = [
  'decoderInputIds',
  'decoderAttentionMask',
  'decoderInputsEmbeds',
  'decoderLengths',
  'decoderCuSeqlens',
];

/** How a family makes what its decoder reads of what it should write. @internal */
export interface ShiftRule {
  /** In the place of labels that do not count. */
  padTokenId: number | null;
  /** The first token; undefined: the last one that is no padding comes to the front. */
  startTokenId: number | null | undefined;
}

/** A row one place to the right. @internal */
export function shiftRow(where: string, row: Int32Array, { padTokenId, startTokenId }: ShiftRule): Int32Array {
  const filled = row.map((id) => {
    if (id !== IGNORE_INDEX) return id;
    if (padTokenId !== null) return padTokenId;
    throw new ConfigError(`${where}: padTokenId must be set where labels do not count, got null`, {
      field: 'padTokenId',
    });
  });
  const shifted = new Int32Array(row.length);
  shifted.set(filled.subarray(0, -1), 1);
  shifted[0] = startTokenId === undefined ? lastWord(filled, padTokenId) : checkedStart(where, startTokenId);
  return shifted;
}

function lastWord(row: Int32Array, padTokenId: number | null): number {
  const words = row.filter((id) => id !== padTokenId);
  // As Python: where all is padding, the row's last token.
  return words.length === 0 ? row.at(-1)! : row[words.length - 1]!;
}

function checkedStart(where: string, start: number | null): number {
  if (start !== null) return start;
  throw new ConfigError(`${where}: decoderStartTokenId must be set to make the decoder's inputs, got null`, {
    field: 'decoderStartTokenId',
  });
}

function rowsOf({ values, offsets }: Ragged): Int32Array[] {
  return Array.from({ length: offsets.length - 1 }, (_, r) => values.subarray(offsets[r], offsets[r + 1]));
}

/** 1 up to the last label that counts; at least one token. */
function maskOf(row: Int32Array): Int32Array {
  const end = Math.max(row.findLastIndex((id) => id !== IGNORE_INDEX) + 1, 1);
  return Int32Array.from(row, (_, column) => (column < end ? 1 : 0));
}

/** What the decoder reads to write the labels: padding after their end takes no part. */
function fromLabels(where: string, inputs: Seq2SeqInputs, rule: ShiftRule): ModelInputs {
  const { decoderLengths: lengths, labels } = inputs;
  const given = labels as TokenInput;
  if (lengths === undefined) {
    const rows = rowsOf(toRagged(where, 'labels', given));
    return { inputIds: rows.map((row) => shiftRow(where, row, rule)), attentionMask: rows.map(maskOf) };
  }
  const total = Array.from(lengths).reduce((sum, length) => sum + length, 0);
  const values = toPacked(where, 'labels', given, total);
  const inputIds = new Int32Array(total);
  let begin = 0;
  for (const length of Array.from(lengths)) {
    if (length > 0) inputIds.set(shiftRow(where, values.subarray(begin, begin + length), rule), begin);
    begin += length;
  }
  return { inputIds, lengths };
}

/** What the decoder reads where nothing else is said: the source itself. */
function fromSource(where: string, inputs: Seq2SeqInputs, rule: ShiftRule): ModelInputs {
  const { inputIds, attentionMask, lengths, cuSeqlens } = inputs;
  if (inputIds === undefined)
    throw new DataError(`${where}: decoderInputIds must be given where the source is embeddings, got none`);
  if (lengths === undefined && cuSeqlens === undefined) {
    const rows = rowsOf(toRagged(where, 'inputIds', inputIds));
    return { inputIds: rows.map((row) => shiftRow(where, row, rule)), attentionMask };
  }
  const offsets = cuSeqlens === undefined ? undefined : Array.from(cuSeqlens);
  const counts = offsets?.slice(1).map((end, r) => end - offsets[r]!) ?? Array.from(lengths!);
  return fromLabels(where, { labels: inputIds as LabelInput, decoderLengths: counts }, rule);
}

/**
 * What the decoder reads, as a model takes it: given, or made of the labels, or where `rule` is of the source too, of that.
 * @throws DataError where it is none of these, ConfigError where the config lacks a token for it
 * @internal
 */
export function decoderInputs(
  where: string,
  inputs: Seq2SeqInputs,
  rule: ShiftRule,
  uses: { labels: boolean; source: boolean },
): ModelInputs {
  const { decoderInputIds, decoderInputsEmbeds, decoderAttentionMask, decoderLengths, decoderCuSeqlens } = inputs;
  if (decoderInputIds !== undefined || decoderInputsEmbeds !== undefined)
    return {
      inputIds: decoderInputIds,
      inputsEmbeds: decoderInputsEmbeds,
      attentionMask: decoderAttentionMask,
      lengths: decoderLengths,
      cuSeqlens: decoderCuSeqlens,
    };
  if (uses.labels && inputs.labels !== undefined) return fromLabels(where, inputs, rule);
  if (uses.source) return fromSource(where, inputs, rule);
  const made = uses.labels ? 'decoderInputIds or labels' : 'decoderInputIds';
  throw new DataError(`${where}: ${made} must be given, got neither these nor decoderInputsEmbeds`);
}
