import type { Tensor } from '../../tensor/tensor.js';
import { didYouMean } from '../../util/did_you_mean.js';
import { DataError } from '../../util/errors.js';

/** Flat integers. */
export type IntArray = Int32Array | Uint32Array | BigInt64Array | Uint8Array | Int8Array | Uint16Array | Int16Array;

/** Flat numbers, row-major, with their shape. */
export interface Shaped {
  data: IntArray | Float32Array | Float64Array | readonly number[];
  shape: readonly number[];
}

/**
 * Integers per token: rows (of unequal lengths when there is no mask), flat data with a shape (B, S), or a tensor made
 * from host data; in a packed batch also flat data (T).
 */
export type TokenInput = readonly ArrayLike<number | bigint | boolean>[] | Shaped | IntArray | Tensor;

/** Labels: class indices, or floats for regression and several labels at once; per sequence or per token. */
export type LabelInput =
  readonly number[] | readonly ArrayLike<number>[] | Shaped | IntArray | Float32Array | Float64Array | Tensor;

/** Names of outputs, for `returns`. */
export const OUTPUT_NAMES = [
  'loss',
  'logits',
  'startLogits',
  'endLogits',
  'lastHiddenState',
  'poolerOutput',
  'hiddenStates',
  'attentions',
  'encoderLastHiddenState',
] as const;

/** The name of an output. */
export type OutputName = (typeof OUTPUT_NAMES)[number];

/**
 * What `forward` of an encoder model takes: B sequences as rows or padded (B, S), or a packed batch: flat arrays of T
 * tokens with `lengths` or `cuSeqlens`, as a packing collator makes it. Each `inputIds` or `inputsEmbeds`.
 */
export interface ModelInputs {
  inputIds?: TokenInput | undefined;
  /** 1 on tokens, 0 on what is left out. Everything is a token when absent. */
  attentionMask?: TokenInput | undefined;
  /** 0 for the first text, 1 for the second; all 0 when absent. */
  tokenTypeIds?: TokenInput | undefined;
  /** Columns of the padded rows when absent, as in Hugging Face. */
  positionIds?: TokenInput | undefined;
  /** Embeddings in place of ids: (B, S, C), or (T, C) in a packed batch. */
  inputsEmbeds?: Tensor | undefined;
  labels?: LabelInput | undefined;
  /** Shape of flat `labels`. */
  labelShape?: readonly number[] | undefined;
  /** Column of an answer's first token, per sequence; at or past the row's end it is ignored. */
  startPositions?: LabelInput | undefined;
  /** Column of an answer's last token, per sequence; at or past the row's end it is ignored. */
  endPositions?: LabelInput | undefined;
  /** Tokens of each sequence: marks a packed batch. */
  lengths?: ArrayLike<number> | undefined;
  /** Where each sequence starts, and T at the end (B + 1): marks a packed batch. */
  cuSeqlens?: ArrayLike<number> | undefined;
  /** Part of packed batches; worked out anew. */
  maxSeqlen?: number | undefined;
  /** Whether to return the embeddings and every layer's output. */
  outputHiddenStates?: boolean | undefined;
  /** Whether to return attention probabilities: computed the slow way, with an S x S matrix. */
  outputAttentions?: boolean | undefined;
  /** Which outputs to return; all that there are when absent. */
  returns?: readonly OutputName[] | undefined;
}

const INPUT_NAMES: ReadonlySet<string> = new Set<keyof ModelInputs>([
  'inputIds',
  'attentionMask',
  'tokenTypeIds',
  'positionIds',
  'inputsEmbeds',
  'labels',
  'labelShape',
  'startPositions',
  'endPositions',
  'lengths',
  'cuSeqlens',
  'maxSeqlen',
  'outputHiddenStates',
  'outputAttentions',
  'returns',
]);

/** Refuses what is no object of inputs, and inputs that nobody reads. @param own of the model's class @throws DataError @internal */
export function checkInputNames(where: string, inputs: ModelInputs, own: readonly string[] = []): void {
  if (typeof inputs !== 'object' || inputs === null)
    throw new DataError(`${where}: inputs must be an object, got ${inputs === null ? 'null' : typeof inputs}`);
  for (const name in inputs) {
    if (INPUT_NAMES.has(name) || own.includes(name)) continue;
    const known = [...INPUT_NAMES, ...own];
    throw new DataError(`${where}: inputs must be among ${known.join(', ')}, got ${name}${didYouMean(name, known)}`, {
      input: name,
    });
  }
}
