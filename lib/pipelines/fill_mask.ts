import type { TokenGrid } from '../data/batches/output_rows.js';
import type { PackedBatch } from '../data/index.js';
import { AutoModelForMaskedLM, type MaskedLM, type ModelInputs } from '../models/index.js';
import { cast, softmax, topK } from '../ops/index.js';
import type { Tensor } from '../tensor/tensor.js';
import { checkOptionNames } from '../util/did_you_mean.js';
import { ConfigError, DataError } from '../util/errors.js';
import { type ComputedRow, type Job, Pipeline, type PipelineParts } from './base.js';
import type { PipelineTask } from './loading.js';
import { CALL_OPTIONS, type CallOptions } from './options.js';
import { type Filling, fillingsOf, maskGrid, placesOf } from './masks/fillings.js';
import { targetIds } from './masks/targets.js';
import type { EncodedRow } from './texts/text_encoder.js';
import { checkPlainText, type Inputs } from './texts/text_input.js';

/** Options of a call of a {@link FillMaskPipeline}. */
export interface FillMaskPipelineOptions extends Omit<CallOptions, 'stride'> {
  /** Words per mask, best first; 5 by default. */
  topK?: number | undefined;
  /**
   * The only words to choose among, with their share of all: tokens of the vocabulary; of a word that is none its first
   * token counts.
   */
  targets?: string | readonly string[] | undefined;
  /** Whether a text must have one mask alone; by default one with several gives a list for each. */
  singleMask?: boolean | undefined;
}

const OPTION_NAMES = [...CALL_OPTIONS.filter((name) => name !== 'stride'), 'topK', 'targets', 'singleMask'];
const DEFAULT_WORDS = 5;
/** What calls with targets want of a batch; the others a number of words. */
const ALL = 'all';

/** Fills in masked words. Made by `pipeline("fill-mask", ...)`. */
export class FillMaskPipeline extends Pipeline<MaskedLM> {
  readonly #maskId: number;

  /** @internal */
  constructor(parts: PipelineParts<MaskedLM>) {
    const { maskTokenId } = parts.tokenizer;
    if (maskTokenId === undefined)
      throw new ConfigError(`${parts.task}: the tokenizer must have a mask token, got none`);
    super(parts);
    this.#maskId = maskTokenId;
  }

  protected override call_(inputs: Inputs<string>, options: FillMaskPipelineOptions = {}): unknown {
    return this.run(inputs, options, () => this.#jobOf(options));
  }

  protected override forward(inputs: ModelInputs, rows: readonly EncodedRow[]): Record<string, Tensor> {
    const logits = this.model.scoresAt(inputs, placesOf(inputs.inputIds as Int32Array, this.#maskId));
    const scores = softmax(cast(logits, 'f32')); // (masks, V)
    const wanted = new Set(rows.map(({ wants }) => wants!));
    const most = Math.max(0, ...Array.from(wanted, (wants) => (wants === ALL ? 0 : Number(wants))));
    const { values, indices } = topK(scores, Math.min(most, scores.shape[1]!));
    return { ...(wanted.has(ALL) && { scores }), ...(most > 0 && { best: values, words: indices }) };
  }

  /** A batch's outputs are of its masks. @internal */
  protected override gridOf(batch: PackedBatch): TokenGrid {
    return maskGrid(batch, this.#maskId);
  }

  #jobOf(options: FillMaskPipelineOptions): Job<string, Filling[] | Filling[][]> {
    const where = this.task;
    checkOptionNames(where, options, OPTION_NAMES);
    const { topK: asked = DEFAULT_WORDS, targets, singleMask = false } = options;
    if (!Number.isInteger(asked) || asked < 1)
      throw new ConfigError(`${where}: topK must be an integer from 1, got ${asked}`, { topK: asked });
    if (typeof singleMask !== 'boolean')
      throw new ConfigError(`${where}: singleMask must be true or false, got ${String(singleMask)}`, { singleMask });
    const ids = targets === undefined ? undefined : targetIds(where, targets, this.tokenizer);
    const resultOf = ([computed]: readonly ComputedRow[]): Filling[] | Filling[][] => {
      const filled = fillingsOf(computed!, { topK: asked, ids, maskId: this.#maskId, tokenizer: this.tokenizer });
      return filled.length === 1 ? filled[0]! : filled;
    };
    return {
      check: (input, place) => checkPlainText(where, input, place),
      textsOf: (text) => [{ text }],
      checkRows: ([row]) => this.#checkMasks(row!, singleMask),
      wants: ids === undefined ? String(asked) : ALL,
      resultOf,
    };
  }

  #checkMasks({ inputIds }: EncodedRow, singleMask: boolean): void {
    const masks = placesOf(inputIds, this.#maskId).length;
    if (masks === 1 || (masks > 1 && !singleMask)) return;
    const rule = `a text must have ${singleMask ? 'one' : 'a'} ${this.tokenizer.specialTokensMap.mask_token!}`;
    throw new DataError(`${this.task}: ${rule} among the model's tokens, got ${masks || 'none'}`, { masks });
  }
}

type Single = FillMaskPipelineOptions & { singleMask: true };
type Stream = AsyncIterable<string> | Iterable<string>;

/**
 * Calling a {@link FillMaskPipeline}: a text gives the likeliest words for its mask, or of each of several masks, every
 * one by itself; a list gives those of each. A stream of texts, anything that can be iterated, gives a stream of the same.
 */
export interface FillMaskPipeline {
  (input: string, options: Single): Promise<Filling[]>;
  (inputs: readonly string[], options: Single): Promise<Filling[][]>;
  (input: string, options?: FillMaskPipelineOptions): Promise<Filling[] | Filling[][]>;
  (inputs: readonly string[], options?: FillMaskPipelineOptions): Promise<(Filling[] | Filling[][])[]>;
  (inputs: Stream, options: Single): AsyncGenerator<Filling[], void, undefined>;
  (inputs: Stream, options?: FillMaskPipelineOptions): AsyncGenerator<Filling[] | Filling[][], void, undefined>;
}

/** What `pipeline` needs to know of this task. @internal */
export const fillMask: PipelineTask<MaskedLM, FillMaskPipeline> = {
  head: 'maskedLM',
  loadModel: (folder, options) => AutoModelForMaskedLM.fromPretrained(folder, options),
  Pipeline: FillMaskPipeline,
};
