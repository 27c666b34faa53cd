import { div, embedding, maximum, type PoolKind, reshape, segmentPool, sqrt, square, sum } from '../ops/index.js';
import { tensor } from '../tensor/create.js';
import { Segments } from '../tensor/segments.js';
import { type Tensor, tidy } from '../tensor/tensor.js';
import { checkOptionNames } from '../util/did_you_mean.js';
import { ConfigError } from '../util/errors.js';
import type { HeadlessModel } from './shared/heads/base_model.js';
import type { ModelInputs } from './shared/inputs.js';
import type { Layout } from './shared/pack.js';

const KINDS = { mean: 'mean', max: 'max', cls: 'first', last_token: 'last' } as const satisfies Record<
  string,
  PoolKind
>;

/** What of a text's token states becomes its embedding: their mean, greatest values, the first or the last. */
export type Pooling = keyof typeof KINDS;

/** The names there are. @internal */
export const POOLINGS = Object.keys(KINDS) as Pooling[];

/** Options of {@link embedSentences}. */
export interface EmbedOptions {
  /** 'mean' by default. */
  pooling?: Pooling | undefined;
  /** Whether embeddings get length 1; false by default. */
  normalize?: boolean | undefined;
}

/** Length below which a vector is not scaled up further, as in PyTorch. @internal */
export const SHORTEST = 1e-12;

/** One row per sequence of packed states (T, C): (B, C). @internal */
export function poolStates(states: Tensor, segments: Segments, pooling: Pooling): Tensor {
  return segmentPool(states, segments, KINDS[pooling]);
}

/**
 * An embedding per text, of the tokens that the mask shows; differentiable.
 * @param inputs as `model.forward` takes them
 * @returns (B, C)
 * @throws ConfigError for an unknown option or pooling, and what `model.forward` throws
 *
 * @example
 * ```ts
 * import { AutoModel, BertConfig, embedSentences } from 'gridstride';
 * const config = new BertConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const model = AutoModel.fromConfig(config);
 * console.log(embedSentences(model, { inputIds: [[2, 7, 3], [2, 3]] }, { normalize: true }).shape); // [ 2, 8 ]
 * ```
 */
export function embedSentences(model: HeadlessModel, inputs: ModelInputs, options: EmbedOptions = {}): Tensor {
  checkOptionNames('embedSentences', options, ['pooling', 'normalize']);
  const { pooling = 'mean', normalize = false } = options;
  if (!POOLINGS.includes(pooling)) {
    const text = `embedSentences: pooling must be one of ${POOLINGS.join(', ')}, got ${String(pooling)}`;
    throw new ConfigError(text, { pooling });
  }
  return tidy(() => {
    const { layout } = model.readPass(inputs).batch;
    const { lastHiddenState } = model.forward({ ...inputs, returns: ['lastHiddenState'] });
    const { rows, lengths } = shownTokens(layout);
    const flat = reshape(lastHiddenState, [lastHiddenState.size / lastHiddenState.shape.at(-1)!, -1]);
    const states = rows.length === flat.shape[0] ? flat : embedding(flat, tensor(rows, { device: model.device }));
    const pooled = poolStates(states, Segments.fromLengths(lengths, model.device), pooling);
    if (!normalize) return pooled;
    return div(pooled, maximum(sqrt(sum(square(pooled), { axes: [1], keepDims: true })), SHORTEST));
  });
}

/** The rows of a token-level output that are tokens others see, and how many of them each sequence has. */
function shownTokens({ lengths, cells, ghosts, isPacked }: Layout): { rows: Int32Array; lengths: number[] } {
  const shown = Array.from(cells.keys()).filter((t) => ghosts?.[t] !== 1);
  let begin = 0;
  const counts = lengths.map((length) => {
    const hidden = ghosts?.[begin] ?? 0;
    begin += length;
    return length - hidden;
  });
  return { rows: Int32Array.from(shown, (t) => (isPacked ? t : cells[t]!)), lengths: counts };
}
